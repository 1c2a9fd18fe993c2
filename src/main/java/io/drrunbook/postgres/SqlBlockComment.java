package io.drrunbook.postgres;

/** From a slash and a star to the matching star and slash: unlike those of C, these comments nest. */
final class SqlBlockComment {

    private int depth = 1;
    private byte last;

    /** Whether the comment ends with that byte. */
    boolean ends(byte next) {
        if (last == '*' && next == '/') {
            depth--;
            last = 0;
        } else if (last == '/' && next == '*') {
            depth++;
            last = 0;
        } else {
            last = next;
        }
        return depth == 0;
    }
}
