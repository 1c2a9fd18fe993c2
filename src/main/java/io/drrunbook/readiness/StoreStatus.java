package io.drrunbook.readiness;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A configured store.
 *
 * @param store {@code r2}, {@code b2} or {@code local}
 * @param error why it does not answer; null when it does
 * @param backups how many it holds, of all applications
 * @param notes what in it is passed over, a sentence each
 */
public record StoreStatus(
        String store, boolean up, @Nullable String error, int backups, List<String> notes) {}
