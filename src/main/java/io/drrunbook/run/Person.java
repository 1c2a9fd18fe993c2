package io.drrunbook.run;

import io.drrunbook.run.RefusedException.Reason;
import java.util.Locale;

/**
 * Who asks for something.
 *
 * @param name of a user, token or schedule, as it stands in the journal
 * @param behind the human being who answers for it: of a token, whoever made it; else {@code name}
 */
public record Person(String name, Role role, String behind) {

    /** Somebody who speaks for themselves. */
    public Person(String name, Role role) {
        this(name, role, name);
    }

    /** The service's own schedule: it may drill and take backups, never recover. */
    public static Person schedule() {
        return new Person("schedule", Role.OPERATOR);
    }

    /**
     * @throws RefusedException ({@code forbidden}) when the role is not enough
     */
    public void require(Role needed, String what) {
        if (role.compareTo(needed) < 0) {
            throw new RefusedException(
                    Reason.FORBIDDEN,
                    "forbidden",
                    what + " needs the role " + needed.name().toLowerCase(Locale.ROOT) + "; " + name + " is "
                            + role.name().toLowerCase(Locale.ROOT));
        }
    }
}
