package io.drrunbook.run;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What somebody has asked for that others must approve; a run remembers its newest.
 *
 * @param wish what is done when it is approved
 * @param behind the human being who asked
 * @param name how whoever asked stands in the journal
 * @param at when
 * @param open whether it still waits
 * @param given the human beings who have approved it
 * @param before how the run had ended when it was asked; null for a recovery that has not begun
 */
record ApprovalRequest(
        Wish wish,
        String behind,
        String name,
        Instant at,
        boolean open,
        List<String> given,
        @Nullable Ending before) {

    /** A key of what a run remembers. */
    static final String KEY = "approval_request";

    /** What one person alone does not do. */
    enum Wish {
        RECOVERY,
        RESUME,
        ROLLBACK
    }

    /** How a run had ended. */
    record Ending(RunStatus status, Instant at, Journal.@Nullable Failure failure) {

        static Ending of(Run run) {
            return new Ending(
                    run.status(),
                    run.endTime() == null ? Instant.now() : run.endTime(),
                    run.errorCode() == null ? null : new Journal.Failure(run.errorCode(), String.valueOf(run.error())));
        }
    }

    boolean involves(Person person) {
        return behind.equalsIgnoreCase(person.behind()) || given.stream().anyMatch(person.behind()::equalsIgnoreCase);
    }

    ApprovalRequest approvedBy(Person person, int needed) {
        List<String> all = new ArrayList<>(given);
        all.add(person.behind());
        return new ApprovalRequest(wish, behind, name, at, all.size() < needed, all, before);
    }

    ApprovalRequest closed() {
        return new ApprovalRequest(wish, behind, name, at, false, given, before);
    }

    Map<String, Object> toMemory() {
        Map<String, Object> memory = new LinkedHashMap<>();
        memory.put("wish", wish.name());
        memory.put("behind", behind);
        memory.put("name", name);
        memory.put("at", at.toString());
        memory.put("open", open);
        memory.put("given", given);
        if (before != null) {
            memory.put("status", before.status().name());
            memory.put("ended", before.at().toString());
            if (before.failure() != null) {
                memory.put("code", before.failure().code());
                memory.put("error", before.failure().message());
            }
        }
        return memory;
    }

    static Optional<ApprovalRequest> fromMemory(Map<String, Object> all) {
        return all.get(KEY) instanceof Map<?, ?> memory ? Optional.of(read(memory)) : Optional.empty();
    }

    private static ApprovalRequest read(Map<?, ?> memory) {
        return new ApprovalRequest(
                Wish.valueOf(text(memory, "wish")),
                text(memory, "behind"),
                text(memory, "name"),
                Instant.parse(text(memory, "at")),
                Boolean.TRUE.equals(memory.get("open")),
                ((List<?>) memory.get("given")).stream().map(String::valueOf).toList(),
                memory.containsKey("status") ? ending(memory) : null);
    }

    private static Ending ending(Map<?, ?> memory) {
        return new Ending(
                RunStatus.valueOf(text(memory, "status")),
                Instant.parse(text(memory, "ended")),
                memory.containsKey("code") ? new Journal.Failure(text(memory, "code"), text(memory, "error")) : null);
    }

    private static String text(Map<?, ?> memory, String key) {
        return String.valueOf(memory.get(key));
    }
}
