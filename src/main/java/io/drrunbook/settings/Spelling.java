package io.drrunbook.settings;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** What somebody who has misspelt a name may have meant. */
public final class Spelling {

    private Spelling() {}

    /**
     * The name that differs least from what was written, by edits as a share of the longer one: a long name that was cut
     * short is nearer than any other short one.
     */
    public static Optional<String> nearest(Collection<String> names, String written) {
        return names.stream().min(Comparator.comparingDouble(name -> difference(name, written)));
    }

    /** From 0, the same, to 1, nothing in common. */
    public static double difference(String one, String other) {
        return (double) distance(one, other) / Math.max(1, Math.max(one.length(), other.length()));
    }

    /** Levenshtein's. */
    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        Arrays.setAll(row, i -> i);
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int change = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[other.length()];
    }
}
