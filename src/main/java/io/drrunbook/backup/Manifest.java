package io.drrunbook.backup;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a backup: the JSON that lies beside its object in every store.
 *
 * <p>A foreign backup (one that something else made, without a manifest) gets one made from its name and size; its
 * objects have no {@code sha256}, {@code status} is COMPLETED and {@code hmac} is null.
 *
 * @param createdAt when the snapshot was taken: recovery point objectives count from here
 * @param originalSizeBytes size of the dump before compression; 0 when unknown
 * @param encryptionKey names the key it is sealed with, without giving anything of it away; null when unknown
 * @param tables names as {@code schema.table} with their rows in the same snapshot; empty when unknown
 * @param proof what the last drill that judged it found; null before the first
 * @param hmac HMAC-SHA256 over all other fields, in hexadecimal
 */
@JsonNaming(SnakeCaseStrategy.class)
@JsonIgnoreProperties(ignoreUnknown = true)
public record Manifest(
        UUID id,
        String application,
        String backupType,
        String filename,
        long sizeBytes,
        List<StoredObject> objects,
        long originalSizeBytes,
        Status status,
        Instant createdAt,
        @Nullable Instant completedAt,
        @Nullable String database,
        @Nullable String serverVersion,
        @Nullable String dumpFormat,
        @Nullable String compression,
        @Nullable String encryption,
        @Nullable String encryptionKey,
        List<TableRows> tables,
        @Nullable Proof proof,
        @Nullable String hmac) {

    public static final String FULL_DATABASE = "FULL_DATABASE";

    /** What an object holds: the database's dump. */
    public static final String DATABASE = "database";

    /** What an object holds: roles and tablespaces, as {@code pg_dumpall --globals-only} writes them. */
    public static final String GLOBALS = "globals";

    /** What the name of such an object has in place of {@code .dump.}: it is no database, whatever lies beside it. */
    public static final String GLOBALS_MARK = ".globals.sql.";

    public Manifest {
        objects = objects == null ? List.of() : List.copyOf(objects);
        tables = tables == null ? List.of() : List.copyOf(tables);
    }

    /** Whether a checksum and a signature stand behind it. */
    public boolean vouched() {
        return hmac != null;
    }

    /** The same backup after a drill has judged it: VERIFIED when it passed, else FAILED. */
    public Manifest judged(Proof verdict) {
        return new Manifest(
                id,
                application,
                backupType,
                filename,
                sizeBytes,
                objects,
                originalSizeBytes,
                verdict.passed() ? Status.VERIFIED : Status.FAILED,
                createdAt,
                completedAt,
                database,
                serverVersion,
                dumpFormat,
                compression,
                encryption,
                encryptionKey,
                tables,
                verdict,
                hmac);
    }

    /** The same with that HMAC. */
    Manifest signed(String by) {
        return new Manifest(
                id,
                application,
                backupType,
                filename,
                sizeBytes,
                objects,
                originalSizeBytes,
                status,
                createdAt,
                completedAt,
                database,
                serverVersion,
                dumpFormat,
                compression,
                encryption,
                encryptionKey,
                tables,
                proof,
                by);
    }

    /** Where a backup is in its life; only COMPLETED and VERIFIED ones are restored. */
    public enum Status {
        IN_PROGRESS,
        COMPLETED,
        FAILED,
        VERIFIED
    }

    /** One object of a backup; {@code sha256} in hexadecimal, null for a foreign one. */
    @JsonNaming(SnakeCaseStrategy.class)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record StoredObject(
            String name,
            long sizeBytes,
            @Nullable String sha256,
            @Nullable String content) {}

    /**
     * A table and its rows.
     *
     * @param name {@code schema.table}
     * @param parts schema and table, where a dot in one of them would leave it open which dot divides; null elsewhere, and
     *     in manifests from before there were parts
     */
    @JsonNaming(SnakeCaseStrategy.class)
    @JsonIgnoreProperties(ignoreUnknown = true)
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record TableRows(String name, @Nullable List<String> parts, long rows) {

        public static TableRows of(String schema, String table, long rows) {
            boolean plain = schema.indexOf('.') < 0 && table.indexOf('.') < 0;
            return new TableRows(schema + "." + table, plain ? null : List.of(schema, table), rows);
        }

        /** Schema and table; empty where nobody can tell. */
        public List<String> divided() {
            if (parts != null && parts.size() == 2) {
                return parts;
            }
            int dot = name.indexOf('.');
            return dot > 0 && dot == name.lastIndexOf('.')
                    ? List.of(name.substring(0, dot), name.substring(dot + 1))
                    : List.of();
        }
    }

    /**
     * A drill's verdict.
     *
     * @param run the drill
     * @param reason what is wrong with the backup; when it passed, what was found that its source has too, or null
     */
    @JsonNaming(SnakeCaseStrategy.class)
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Proof(
            Instant at, UUID run, boolean passed, @Nullable String reason) {}
}
