package io.drrunbook.backup;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What a store lists, as it comes: only files of an application are kept, and of each application no more than a limit. The
 * names of our backups begin alike and go on with their time, so what is dropped first is the oldest of them.
 */
final class ListedFiles {

    private final Function<String, Optional<String>> applicationOf;
    private final int most;
    private final Map<String, TreeMap<String, StoredFile>> files = new HashMap<>();
    private final Map<String, Integer> dropped = new HashMap<>();
    private final List<String> unreadable = new ArrayList<>();

    /** @param applicationOf the application that a key belongs to */
    ListedFiles(Function<String, Optional<String>> applicationOf, int most) {
        this.applicationOf = applicationOf;
        this.most = most;
    }

    void add(StoredFile file) {
        applicationOf.apply(file.key()).ifPresent(application -> {
            TreeMap<String, StoredFile> mine = files.computeIfAbsent(application, name -> new TreeMap<>());
            mine.put(file.key(), file);
            if (mine.size() > most) {
                mine.pollFirstEntry();
                dropped.merge(application, 1, Integer::sum);
            }
        });
    }

    /** Something could not be listed. */
    void unreadable(String what) {
        if (unreadable.size() < most) {
            unreadable.add(what);
        }
    }

    /** The files that were kept, with the application of each. */
    Map<StoredFile, String> byApplication() {
        Map<StoredFile, String> all = new LinkedHashMap<>();
        files.forEach((application, mine) -> mine.values().forEach(file -> all.put(file, application)));
        return all;
    }

    /** What somebody should know of the listing, a sentence each. */
    Collection<String> notes() {
        List<String> notes = new ArrayList<>(unreadable);
        dropped.forEach((application, count) -> notes.add("more than " + most + " files of " + application
                + " lie here: the first " + count + " by name are passed over; delete what is not needed, or raise"
                + " dr.listing.files and the heap"));
        return notes;
    }
}
