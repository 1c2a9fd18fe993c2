package io.drrunbook.alert;

import java.util.Locale;

/** What alerts are about; the words are relied upon by people outside. */
enum Kind {
    RECOVERY_SUCCEEDED(Severity.INFORMATION),
    RUN_FINDINGS(Severity.WARNING),
    RECOVERY_FAILED(Severity.CRITICAL),
    DRILL_FAILED(Severity.CRITICAL),
    DRILL_MISSED(Severity.CRITICAL),
    BACKUP_FAILED(Severity.CRITICAL),
    BACKUP_MISSED(Severity.CRITICAL),
    GLOBALS_MISSING(Severity.WARNING),
    BACKUP_UNUSUAL(Severity.WARNING),
    DISK_FILLING(Severity.WARNING),
    BACKUP_CONDEMNED(Severity.CRITICAL),
    PROOF_OVERDUE(Severity.WARNING),
    RPO_AT_RISK(Severity.WARNING),
    STORE_DOWN(Severity.WARNING),
    COPY_DAMAGED(Severity.WARNING),
    NO_GOOD_COPY(Severity.CRITICAL),
    FAILOVER_USED(Severity.WARNING),
    WAITING_FOR_PERSON(Severity.CRITICAL),
    RTO_AT_RISK(Severity.CRITICAL),
    TEST(Severity.INFORMATION);

    private final Severity severity;

    Kind(Severity severity) {
        this.severity = severity;
    }

    Severity severity() {
        return severity;
    }

    /** As it stands in answers, e.g. {@code recovery_failed}. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
