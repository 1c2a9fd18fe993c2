package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings.Restore.Different;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Whether a restored database is made as the live one is, or as the backed-up one was. After a disaster somebody may have
 * made the live one anew by hand, in whatever encoding and for whatever owner came along.
 */
public final class LiveMake {

    /** What people make; the objects of extensions come with the extension. */
    private static final String ANYTHING = "SELECT EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid ="
            + " c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_'"
            + " AND n.nspname <> 'information_schema' AND NOT EXISTS (SELECT 1 FROM pg_depend d"
            + " WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))"
            + " OR EXISTS (SELECT 1 FROM pg_largeobject_metadata)";

    /** Since then a member of a role is somebody who may act as it only by {@code WITH SET}. */
    private static final int MEMBERS_MAY_NOT_SET = 160_000;

    private final DatabaseServer server;
    private final Different setting;

    /** @param setting which of the two wins where they differ */
    public LiveMake(DatabaseServer server, Different setting) {
        this.server = server;
        this.setting = setting;
    }

    /**
     * Called before anything is written.
     *
     * @param over whether the restore goes over the live database, which cannot be made anew for it
     * @throws RunbookException {@code database_differs} when the two differ and nobody has said which one wins
     */
    public void requireSame(Archive archive, boolean over, Consumer<String> log) {
        List<String> differences = differences(archive);
        if (differences.isEmpty()) {
            return;
        }
        String live = server.names().live();
        String what = "the live database " + live + " has " + String.join(", ", differences) + " in the backup";
        if (over && setting != Different.LIVE) {
            throw new RunbookException(
                    "database_differs",
                    "nothing was changed: " + what + ", and a restore over it cannot change that. Use"
                            + " dr.restore.mode=swap, or set dr.restore.different to live to restore into it as it is");
        } else if (!over && isEmpty(live)) {
            log.accept(what + "; it holds nothing, so the restored one is made as the backup says");
        } else if (setting == Different.REFUSE) {
            throw new RunbookException(
                    "database_differs",
                    "nothing was changed: " + what + ". Was it made anew by hand? Set dr.restore.different to backup to"
                            + " restore into a database made as the backup says, or to live to make it as the live one is");
        } else {
            log.accept(what + "; dr.restore.different: what the " + (wins(archive) ? "live one" : "backup")
                    + " says is taken");
        }
    }

    /** Whether encoding, locale and properties are the live database's: it is there, and not to be overruled. */
    public boolean wins(Archive archive) {
        String live = server.names().live();
        if (!server.exists(live)) {
            return false;
        }
        if (differences(archive).isEmpty()) {
            return true;
        }
        return setting != Different.BACKUP && !isEmpty(live);
    }

    /**
     * Who owns the restored database from its beginning: since PostgreSQL 15 only the owner of a database may make something in
     * {@code public}, and a table there can only be given to somebody who may. A plain dump does not say it: whoever owns all
     * that is in it. Empty when nobody says, or we may not.
     */
    Optional<String> owner(Archive archive) {
        Optional<String> owner = wins(archive)
                ? server.owner()
                : DatabaseMake.of(archive.contents()).map(DatabaseMake::owner).or(archive.contents()::onlyOwner);
        String right = server.versionNumber() >= MEMBERS_MAY_NOT_SET ? "SET" : "MEMBER";
        return owner.filter(role -> server.maintenance()
                .queryForList(
                        "SELECT pg_has_role(oid, '" + right + "') FROM pg_roles WHERE rolname = ?", Boolean.class, role)
                .contains(true));
    }

    private List<String> differences(Archive archive) {
        Optional<DatabaseMake> live = DatabaseMake.of(server, server.names().live());
        Optional<DatabaseMake> backedUp = DatabaseMake.of(archive.contents());
        return live.isPresent() && backedUp.isPresent() ? live.get().differences(backedUp.get()) : List.of();
    }

    /** One that takes no connections cannot be looked into, and is in use by whoever has closed it. */
    private boolean isEmpty(String live) {
        return server.allowsConnections(live)
                && Boolean.FALSE.equals(server.in(live).queryForObject(ANYTHING, Boolean.class));
    }
}
