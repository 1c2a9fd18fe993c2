package io.drrunbook.failure;

/** Something that cannot go on, with a code that stays the same from version to version. */
public class RunbookException extends RuntimeException {

    private final String code;

    /**
     * @param code snake_case, e.g. {@code no_store_left}
     * @param message names the object or host, and the next thing to do; never a secret
     */
    public RunbookException(String code, String message) {
        super(message);
        this.code = code;
    }

    public RunbookException(String code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public String code() {
        return code;
    }
}
