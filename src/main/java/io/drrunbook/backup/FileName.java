package io.drrunbook.backup;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.Collectors;

/** What may stand in the name of a backup's file: it becomes a key, a path, a row in the journal and a line in a log. */
final class FileName {

    /** The longest that file systems know, in bytes. */
    private static final int LONGEST = 255;

    private static final int LONGEST_SHOWN = 120;

    private FileName() {}

    /** What is wrong with it; empty when nothing is. */
    static Optional<String> flaw(String name) {
        if (name.isBlank() || name.equals(".") || name.equals("..") || name.indexOf('/') >= 0) {
            return Optional.of("'" + shown(name) + "' is not the name of a file");
        }
        if (name.getBytes(StandardCharsets.UTF_8).length > LONGEST) {
            return Optional.of("its name is longer than " + LONGEST + " bytes");
        }
        if (name.codePoints().anyMatch(FileName::isUnreadable)) {
            return Optional.of("its name has characters that are no text");
        }
        return Optional.empty();
    }

    /** The name as it can stand in a line: short, and nothing in it that moves a cursor. */
    static String shown(String name) {
        String text = name.codePoints()
                .limit(LONGEST_SHOWN)
                .mapToObj(point -> isUnreadable(point) ? "?" : Character.toString(point))
                .collect(Collectors.joining());
        return name.codePointCount(0, name.length()) > LONGEST_SHOWN ? text + "..." : text;
    }

    /** Control and format characters, lone surrogates, and what stands where bytes were no UTF-8. */
    private static boolean isUnreadable(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.UNASSIGNED -> true;
            default -> point == 0xFFFD;
        };
    }
}
