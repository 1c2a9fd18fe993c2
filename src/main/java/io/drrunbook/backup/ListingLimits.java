package io.drrunbook.backup;

import io.drrunbook.settings.DrSettings;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** How much of a store is looked at: whoever can write to it must not be able to fill the memory of the service. */
@Component
class ListingLimits {

    private final DrSettings.Listing settings;

    ListingLimits(DrSettings settings) {
        this.settings = settings.listing();
    }

    /** Files of each application that are kept of a store's listing. */
    int files() {
        return settings.files();
    }

    /** Files without a manifest that are looked into. */
    int foreign() {
        return settings.foreign();
    }

    /** How long a store may take to give one manifest, or the beginning of one file. */
    Duration patience() {
        return settings.patience();
    }

    /** In bytes; none that is larger is written either. */
    int largestManifest() {
        return Math.toIntExact(settings.largestManifest().toBytes());
    }
}
