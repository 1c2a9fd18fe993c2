package io.drrunbook.web.page;

import io.drrunbook.run.RefusedException;
import org.springframework.http.HttpStatus;

/**
 * A refusal as it stands on a form.
 *
 * @param field the field it is about; empty when it is about the whole
 */
record Refusal(String field, String code, String message) {

    static Refusal of(RefusedException refusal) {
        return new Refusal(field(refusal.code()), refusal.code(), String.valueOf(refusal.getMessage()));
    }

    static HttpStatus status(RefusedException refusal) {
        return switch (refusal.reason()) {
            case BAD_REQUEST -> HttpStatus.BAD_REQUEST;
            case FORBIDDEN -> HttpStatus.FORBIDDEN;
            case UNKNOWN -> HttpStatus.NOT_FOUND;
            case CONFLICT -> HttpStatus.CONFLICT;
            case NOT_RESTORABLE -> HttpStatus.UNPROCESSABLE_ENTITY;
        };
    }

    private static String field(String code) {
        return switch (code) {
            case "reason_missing", "reason_too_long" -> "reason";
            case "confirmation_wrong" -> "confirm";
            case "application_missing", "application_unknown" -> "application";
            case "backup_unknown", "backup_not_restorable", "no_backup" -> "backup";
            case "mode_unknown" -> "mode";
            case "note_missing" -> "note";
            default -> "";
        };
    }
}
