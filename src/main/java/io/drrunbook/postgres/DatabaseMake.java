package io.drrunbook.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a database was made, which no restore into it can change: a dump's rows go into any encoding that can hold them, and
 * are sorted in any order.
 *
 * @param provider of the locale: {@code libc}, {@code icu}, {@code builtin}
 * @param locale of a provider other than libc; null with libc
 * @param owner null when nobody says
 */
record DatabaseMake(
        String encoding,
        String collate,
        String ctype,
        String provider,
        @Nullable String locale,
        @Nullable String owner) {

    private static final Map<String, String> PROVIDERS = Map.of("c", "libc", "i", "icu", "b", "builtin");

    /** Of the database that was dumped; empty when the archive does not say. */
    static Optional<DatabaseMake> of(ArchiveContents contents) {
        return contents.database().map(DumpedDatabase::make);
    }

    /** @param options of {@code CREATE DATABASE}, by their names in small letters */
    static DatabaseMake ofCreateOptions(Map<String, String> options, @Nullable String owner) {
        String both = options.getOrDefault("locale", "");
        String provider = options.getOrDefault("locale_provider", "libc");
        String own = options.getOrDefault("icu_locale", options.getOrDefault("builtin_locale", both));
        return new DatabaseMake(
                options.getOrDefault("encoding", ""),
                options.getOrDefault("lc_collate", both),
                options.getOrDefault("lc_ctype", both),
                provider,
                provider.equals("libc") ? null : own,
                owner);
    }

    /** Of a database on that server; empty when there is none of that name. */
    static Optional<DatabaseMake> of(DatabaseServer server, String database) {
        int version = server.versionNumber();
        String provider = version >= 150_000 ? "datlocprovider::text" : "'c'";
        String locale = version >= 170_000 ? "datlocale" : version >= 150_000 ? "daticulocale" : "NULL";
        return server
                .maintenance()
                .query(
                        "SELECT pg_encoding_to_char(encoding), datcollate, datctype, " + provider + ", " + locale
                                + ", pg_get_userbyid(datdba) FROM pg_database WHERE datname = ?",
                        (row, number) -> new DatabaseMake(
                                row.getString(1),
                                row.getString(2),
                                row.getString(3),
                                PROVIDERS.getOrDefault(row.getString(4), row.getString(4)),
                                row.getString(4).equals("c") ? null : row.getString(5),
                                row.getString(6)),
                        database)
                .stream()
                .findFirst();
    }

    /** What is not the same there, a few words each: this is the live database, the other the backed-up one. */
    List<String> differences(DatabaseMake backedUp) {
        List<String> differences = new ArrayList<>();
        compare(differences, "encoding", encoding, backedUp.encoding);
        compare(differences, "locale provider", provider, backedUp.provider);
        compare(differences, "LC_COLLATE", collate, backedUp.collate);
        compare(differences, "LC_CTYPE", ctype, backedUp.ctype);
        if (provider.equals(backedUp.provider)) {
            compare(
                    differences,
                    "locale",
                    Objects.requireNonNullElse(locale, ""),
                    Objects.requireNonNullElse(backedUp.locale, ""));
        }
        if (owner != null && backedUp.owner != null) {
            compare(differences, "owner", owner, backedUp.owner);
        }
        return differences;
    }

    private static void compare(List<String> differences, String what, String live, String backedUp) {
        boolean same =
                what.equals("owner") ? live.equals(backedUp) : plain(live).equals(plain(backedUp));
        if (!same && !backedUp.isEmpty()) {
            differences.add(what + " " + live + " instead of " + backedUp);
        }
    }

    /** {@code en_US.UTF-8} and {@code en_US.utf8} are one locale. */
    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replace("-", "");
    }
}
