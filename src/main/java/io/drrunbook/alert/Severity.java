package io.drrunbook.alert;

import java.util.Locale;

/** How much an alert asks of whoever reads it; in rising order. */
public enum Severity {
    /** Nothing is to be done. */
    INFORMATION,
    /** Something is not as it should be, and can wait for the day. */
    WARNING,
    /** Somebody is needed now. */
    CRITICAL;

    /** As it stands in settings and answers: {@code information}, {@code warning}, {@code critical}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Severity of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
