package io.drrunbook.web;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.drrunbook.backup.Stores;
import io.drrunbook.retention.Retention;
import io.drrunbook.retention.Verdict;
import io.drrunbook.settings.DrSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Which backups are past their time, which of them go next and why the others stay; changes nothing. */
@RestController
@RequestMapping("/api/v1/retention")
class RetentionController {

    private final Retention retention;
    private final Stores stores;
    private final DrSettings settings;

    RetentionController(Retention retention, Stores stores, DrSettings settings) {
        this.retention = retention;
        this.stores = stores;
        this.settings = settings;
    }

    @GetMapping
    RetentionLog retention() {
        Retention.Outlook outlook = retention.look();
        return new RetentionLog(
                outlook.catalog().listings().stream()
                        .filter(listing -> stores.configured(listing.store()))
                        .map(listing -> new StoreTime(
                                listing.store(),
                                settings.retention()
                                        .of(listing.store())
                                        .map(Duration::toSeconds)
                                        .orElse(null),
                                listing.error()))
                        .toList(),
                outlook.verdicts().stream().map(ExpiringBackup::of).toList());
    }

    /** How long each configured store keeps backups, and those past their time. */
    @JsonNaming(SnakeCaseStrategy.class)
    record RetentionLog(List<StoreTime> stores, List<ExpiringBackup> backups) {}

    /**
     * A configured store.
     *
     * @param keepSeconds null for ever
     * @param error why it does not answer, so that nothing is deleted from it; null when it does
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record StoreTime(
            String store,
            @Nullable Long keepSeconds,
            @Nullable String error) {}

    /**
     * A backup past its time in one store.
     *
     * @param stays why it is not deleted all the same; null when it is deleted next
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record ExpiringBackup(
            String store,
            String application,
            UUID backupId,
            String filename,
            Instant createdAt,
            long ageSeconds,
            @Nullable String stays) {

        static ExpiringBackup of(Verdict verdict) {
            return new ExpiringBackup(
                    verdict.store(),
                    verdict.backup().manifest().application(),
                    verdict.backup().id(),
                    verdict.backup().manifest().filename(),
                    verdict.backup().manifest().createdAt(),
                    verdict.age().toSeconds(),
                    verdict.stays());
        }
    }
}
