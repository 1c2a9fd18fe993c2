package io.drrunbook.postgres;

import io.drrunbook.settings.DrSettings.Restore;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What an archive holds, and what a server must have for it: from the table of contents of a custom or tar archive, from
 * the statements of a plain dump.
 */
public final class ArchiveContents {

    /** Always there. */
    private static final Set<String> OWN_TABLESPACES = Set.of("pg_default", "pg_global");

    /** Types whose SQL names roles that are needed even where owners and grants are left out. */
    private static final Set<String> FOR_ROLES = Set.of("POLICY", "USER MAPPING");

    private static final Set<String> GRANTS = Set.of("ACL", "DEFAULT ACL");

    private final Set<String> extensions = new TreeSet<>();
    private final Set<String> roles = new TreeSet<>();
    private final Set<String> owners = new TreeSet<>();
    private final Set<String> tablespaces = new TreeSet<>();
    private long tables;
    private boolean data;
    private boolean standardStrings = true;
    private @Nullable DumpedDatabase database;

    private ArchiveContents() {}

    /** What the statements of a plain dump name. */
    static ArchiveContents of(PlainDump dump) {
        ArchiveContents contents = new ArchiveContents();
        SqlNames names = dump.names();
        contents.extensions.addAll(names.extensions());
        contents.roles.addAll(names.roles());
        contents.owners.addAll(names.owners());
        contents.tablespaces.addAll(names.tablespaces());
        contents.tablespaces.removeAll(OWN_TABLESPACES);
        contents.tables = names.tables();
        contents.data = names.hasRows();
        return contents;
    }

    /**
     * Of a custom or tar archive.
     *
     * @param restore what is left out of it
     */
    static ArchiveContents of(Path file, ArchiveFormat format, Restore restore) {
        ArchiveContents contents = new ArchiveContents();
        ArchiveToc.entries(file, format, entry -> contents.take(entry, restore));
        return contents;
    }

    private void take(TocEntry entry, Restore restore) {
        boolean ownership = restore.roles() == Restore.Roles.REQUIRE;
        switch (entry.desc()) {
            case "STDSTRINGS" -> standardStrings = !String.valueOf(entry.defn()).contains("'off'");
            case "TABLE" -> tables++;
            case "EXTENSION" -> extensions.add(entry.tag());
            default -> {
                // Counted and named below, if at all.
            }
        }
        data |= entry.hasData();
        if (ownership && !entry.owner().isEmpty()) {
            roles.add(entry.owner());
        }
        if (FOR_ROLES.contains(entry.desc()) || ownership && GRANTS.contains(entry.desc())) {
            rolesIn(entry);
        }
        if (restore.tablespaces() == Restore.Tablespaces.REQUIRE) {
            tablespace(entry.tablespace());
        }
        if (DumpedDatabase.concerns(entry)) {
            takeDatabase(entry, restore);
        }
    }

    private void rolesIn(TocEntry entry) {
        if (entry.defn() != null) {
            SqlNames names = new SqlNames();
            SqlScanner.statements(entry.defn(), standardStrings, names::take);
            roles.addAll(names.roles());
        }
    }

    private void takeDatabase(TocEntry entry, Restore restore) {
        if (entry.desc().equals("DATABASE") && database == null) {
            database = new DumpedDatabase(entry, standardStrings);
            if (restore.tablespaces() == Restore.Tablespaces.REQUIRE) {
                database.tablespace().ifPresent(this::tablespace);
            }
        } else if (database != null) {
            database.take(entry, standardStrings);
        }
    }

    private void tablespace(String name) {
        if (!name.isEmpty() && !OWN_TABLESPACES.contains(name)) {
            tablespaces.add(name);
        }
    }

    /** Extensions that the archive creates. */
    Set<String> extensions() {
        return extensions;
    }

    /** Roles that the archive names as owners, in grants, policies or user mappings. */
    Set<String> roles() {
        return roles;
    }

    /**
     * Who owns everything in a plain dump, which says nothing of its database's owner; empty when several do, or nobody is
     * named.
     */
    Optional<String> onlyOwner() {
        return owners.size() == 1 ? owners.stream().findFirst() : Optional.empty();
    }

    /** Tablespaces that its tables and indexes are put into. */
    Set<String> tablespaces() {
        return tablespaces;
    }

    /** Tables in the archive, with or without data. */
    public long tables() {
        return tables;
    }

    /** Whether there are rows, sequences' values or large objects in it, and not only definitions. */
    public boolean holdsData() {
        return data;
    }

    /** What it says of the database that was dumped; empty for a plain dump. */
    Optional<DumpedDatabase> database() {
        return Optional.ofNullable(database);
    }
}
