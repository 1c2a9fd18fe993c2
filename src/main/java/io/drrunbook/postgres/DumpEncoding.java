package io.drrunbook.postgres;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What {@code client_encoding} a dump says it is in.
 *
 * @see <a href="https://www.postgresql.org/docs/current/multibyte.html">Character Set Support</a>
 */
final class DumpEncoding {

    /** In these a byte of a character may be a quote or a backslash: only who knows the encoding can scan them. */
    private static final Set<String> HIDES_QUOTES = Set.of(
            "SJIS",
            "SHIFTJIS",
            "MSKANJI",
            "WIN932",
            "WINDOWS932",
            "SHIFTJIS2004",
            "BIG5",
            "WIN950",
            "WINDOWS950",
            "GBK",
            "WIN936",
            "WINDOWS936",
            "UHC",
            "WIN949",
            "WINDOWS949",
            "GB18030",
            "JOHAB");

    /** Where PostgreSQL's name is none of Java's. */
    private static final Map<String, String> IN_JAVA = Map.ofEntries(
            Map.entry("UTF8", "UTF-8"),
            Map.entry("UNICODE", "UTF-8"),
            Map.entry("SQLASCII", "UTF-8"),
            Map.entry("LATIN5", "ISO-8859-9"),
            Map.entry("LATIN7", "ISO-8859-13"),
            Map.entry("LATIN9", "ISO-8859-15"),
            Map.entry("LATIN10", "ISO-8859-16"),
            Map.entry("ISO88595", "ISO-8859-5"),
            Map.entry("ISO88596", "ISO-8859-6"),
            Map.entry("ISO88597", "ISO-8859-7"),
            Map.entry("ISO88598", "ISO-8859-8"),
            Map.entry("WIN866", "IBM866"),
            Map.entry("WIN874", "x-windows-874"),
            Map.entry("EUCCN", "GB2312"),
            Map.entry("EUCTW", "x-EUC-TW"),
            Map.entry("KOI8R", "KOI8-R"),
            Map.entry("KOI8U", "KOI8-U"),
            Map.entry("SJIS", "windows-31j"),
            Map.entry("UHC", "x-windows-949"),
            Map.entry("JOHAB", "x-Johab"));

    private DumpEncoding() {}

    static boolean hidesQuotes(String name) {
        return HIDES_QUOTES.contains(plain(name));
    }

    /** How names are read in it; one that Java does not know is read as UTF-8. */
    static Charset charset(String name) {
        String plain = plain(name);
        String java = IN_JAVA.getOrDefault(
                plain,
                plain.replaceFirst("^(WIN|WINDOWS)(?=\\d)", "windows-")
                        .replaceFirst("^LATIN(?=[1-4]$)", "ISO-8859-")
                        .replaceFirst("^EUC(?=[JK])", "EUC-"));
        return java.matches("[A-Za-z0-9-]+") && Charset.isSupported(java)
                ? Charset.forName(java)
                : StandardCharsets.UTF_8;
    }

    /** As PostgreSQL compares names: letters and digits only. */
    private static String plain(String name) {
        return name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "");
    }
}
