package io.drrunbook.web;

import io.drrunbook.audit.AuditReport;
import io.drrunbook.audit.AuditReport.Audit;
import io.drrunbook.backup.Catalog;
import io.drrunbook.readiness.StoreWatch;
import io.drrunbook.settings.DrSettings;
import java.util.List;
import org.springframework.stereotype.Component;

/** All that is known of every backup without asking a store: what the audit has compared, and what the last look showed. */
@Component
public class KnownBackups {

    private final AuditReport report;
    private final StoreWatch watch;
    private final DrSettings settings;

    KnownBackups(AuditReport report, StoreWatch watch, DrSettings settings) {
        this.report = report;
        this.watch = watch;
        this.settings = settings;
    }

    /** The audit, with the backups that no pass has compared yet. */
    public Audit audit() {
        return watch.lastLook().map(this::withListed).orElseGet(report::read);
    }

    private Audit withListed(StoreWatch.Look look) {
        Catalog catalog = look.catalog();
        return report.read(
                look.at(),
                List.copyOf(catalog.answered()),
                settings.applications().keySet().stream()
                        .flatMap(application -> catalog.of(application).stream())
                        .toList());
    }
}
