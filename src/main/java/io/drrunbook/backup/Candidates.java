package io.drrunbook.backup;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What may be restored of an application: what is taken by itself and in which order, and why the rest is not.
 *
 * <p>Only a manifest whose HMAC holds makes a backup the latest. Where there is no good one, the files that the original
 * system has sealed come next, when a key for them is configured: their token authenticates them as soon as it is read whole.
 * What nobody vouches for is taken by itself only when {@code dr.restore.foreign} says so.
 */
public final class Candidates {

    private static final int NAMED = 5;

    private final Catalog catalog;
    private final String application;
    private final ForeignRule rule;

    public Candidates(Catalog catalog, String application, ForeignRule rule) {
        this.catalog = catalog;
        this.application = application;
        this.rule = rule;
    }

    /** What a recovery takes: the first of these, the next when no store has a good copy of it. */
    public List<Backup> forRecovery() {
        List<Backup> vouched = catalog.forRecovery(application);
        return vouched.isEmpty() ? withoutManifest() : vouched;
    }

    /** What a drill takes: the newest of these. */
    public List<Backup> forDrill() {
        List<Backup> vouched = catalog.good(application);
        return vouched.isEmpty() ? withoutManifest() : vouched;
    }

    private List<Backup> withoutManifest() {
        return catalog.of(application).stream()
                .filter(backup -> backup.trust() == Backup.Trust.FOREIGN
                        && backup.whyNotRestorable().isEmpty()
                        && rule.mayBeTakenByItself(backup))
                .sorted(Comparator.comparing(backup -> !rule.isOriginal(backup)))
                .toList();
    }

    /** A sentence that says that there is nothing to take, what lies there all the same, and the way out. */
    public String whyNone() {
        List<Backup> there = catalog.of(application);
        String rest = there.stream().limit(NAMED).map(this::said).collect(Collectors.joining("; "));
        return "no good full backup of " + application + " that is vouched for in " + catalog.answered()
                + catalog.troubles()
                + (there.isEmpty()
                        ? ""
                        : ". What lies there: " + rest
                                + (there.size() > NAMED ? "; and " + (there.size() - NAMED) + " more" : ""))
                + ". Take one with ./dr backup, or put one there";
    }

    private String said(Backup backup) {
        String name = FileName.shown(backup.manifest().filename());
        return rule.whyNot(backup)
                .map(why -> name + ": " + why)
                .orElseGet(() -> name + " of " + backup.manifest().createdAt() + " in "
                        + backup.keys().keySet()
                        + ": no manifest vouches for it; --backup " + backup.id() + " takes it all the same");
    }
}
