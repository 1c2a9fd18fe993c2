package io.drrunbook.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.drrunbook.crypto.FirstBytes;
import io.drrunbook.settings.DrSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** What is taken by itself, by what lies in a store, how old it is, and dr.restore.foreign. */
@Tag("quick")
class CandidatesTest {

    private static final String FERNET_KEY = "QmFja3VwLWtleS1vZi10aGUtb3JpZ2luYWwtc3lzdG0=";
    private static final FirstBytes PLAIN = new FirstBytes("none", "none", "plain", null);

    private final Instant now = Instant.now();
    private final Map<UUID, Manifest.Proof> verdicts = new HashMap<>();

    /** Files are kind@days ago; the second column says whether there is a key for the original system's files. */
    @ParameterizedTest(name = "{0}, original''s key {1}: of {2} {3} is taken")
    @CsvSource(delimiter = '|', textBlock = """
            by-id             | yes | vouched@5 plain@1             | vouched@5
            by-id             | yes | vouched@5 fernet@1            | vouched@5
            by-id             | yes | plain@1                       | -
            by-id             | yes | openpgp@1 plain@2             | -
            by-id             | yes | fernet@3 plain@1              | fernet@3
            by-id             | yes | fernet@3 fernet@2             | fernet@2 fernet@3
            by-id             | no  | fernet@3 plain@1              | -
            by-id             | yes | broken@1 fernet@3             | fernet@3
            by-id             | yes | failed@1 fernet@3             | fernet@3
            by-id             | yes | vouched@9 vouched@2 bad@0     | vouched@2 vouched@9
            by-id             | yes | proven@30 vouched@2 bad@0     | vouched@2 proven@30
            by-id             | yes | vouched@-300 vouched@5        | vouched@5 vouched@-300
            by-id             | yes | vouched@-300                  | vouched@-300
            by-id             | yes | renamed@9 fernet@3            | fernet@3 renamed@9
            by-id             | yes |                               | -
            never             | yes | plain@1                       | -
            never             | yes | fernet@3 plain@1              | fernet@3
            when-nothing-else | yes | vouched@40 plain@1            | vouched@40
            when-nothing-else | yes | plain@1 fernet@3              | fernet@3 plain@1
            when-nothing-else | no  | plain@1 fernet@3              | plain@1 fernet@3
            when-nothing-else | yes | failed@1 plain@9              | plain@9
            when-nothing-else | yes | junk@0 empty@0 users@0 plain@9 | plain@9
            when-nothing-else | yes | bad@0 plain@9                 | plain@9
            when-nothing-else | yes | unseen@0 plain@9              | plain@9
            when-nothing-else | yes | in2099@4 plain@2              | plain@2 in2099@4
            when-nothing-else | yes | in2099@1 plain@2              | in2099@1 plain@2
            """)
    void ofTheFilesInAStore(String setting, String key, String files, String taken) {
        Catalog catalog = catalog(files);

        Candidates candidates = new Candidates(catalog, "shop", rule(setting, key.equals("yes")));

        List<String> wanted = taken.equals("-") ? List.of() : Arrays.asList(taken.split(" "));
        assertThat(candidates.forDrill()).extracting(CandidatesTest::name).containsExactlyElementsOf(wanted);
        if (files == null || !files.contains("proven")) {
            assertThat(candidates.forRecovery())
                    .extracting(CandidatesTest::name)
                    .containsExactlyElementsOf(wanted);
        }
    }

    @Test
    void theRefusalSaysWhatLiesThereThatNobodyVouchesForItAndHowItIsTakenAllTheSame() {
        Catalog catalog = catalog("plain@1 junk@0 users@3");

        String refusal = new Candidates(catalog, "shop", rule("by-id", true)).whyNone();

        assertThat(refusal)
                .contains(
                        "plain@1 of ",
                        "no manifest vouches for it",
                        "--backup " + catalog.of("shop").get(0).id(),
                        "junk@0: it is no backup",
                        "users@3: it is a USERS_ONLY backup, not a full database",
                        "./dr backup");
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            never             | dr.restore.foreign is never
            by-id             |
            when-nothing-else |
            """)
    void whetherAFileThatNobodyVouchesForIsTakenByItsId(String setting, String refusal) {
        Backup plain = catalog("plain@1").of("shop").get(0);

        Optional<String> why = rule(setting, true).whyNot(plain);

        assertThat(why.isPresent()).isEqualTo(refusal != null);
        why.ifPresent(text -> assertThat(text).contains(refusal));
    }

    @Test
    void ageAndVerdictsLookAtVouchedBackupsOnlyAndNoAgeIsNegative() {
        Catalog catalog = catalog("vouched@5 vouched@-1 plain@1 fernet@0 bad@0");

        assertThat(catalog.newestGood("shop")).map(CandidatesTest::name).contains("vouched@5");
        assertThat(catalog.newestCondemned("shop")).isEmpty();
        assertThat(catalog.of("shop"))
                .allSatisfy(backup -> assertThat(backup.age(now).isNegative()).isFalse());
        assertThat(catalog.of("shop"))
                .filteredOn(backup -> backup.trust() == Backup.Trust.FOREIGN)
                .allSatisfy(backup -> assertThat(backup.manifest().createdAt()).isBeforeOrEqualTo(Instant.now()));
    }

    @ParameterizedTest(name = "{0} is a backup of the type {1}")
    @CsvSource({
        "backup_shop_20260101_020000.dump, FULL_DATABASE",
        "backup_full_database_20260101_020000.dump, FULL_DATABASE",
        "BACKUP_USERS_ONLY_20260101_020000.dump, USERS_ONLY",
        "backup_schema_only_20260101_020000.sql.gz, SCHEMA_ONLY",
        "backup_incremental_20260101_020000.dump, INCREMENTAL",
        "shop-20260101T020000.dump, FULL_DATABASE",
        "dump, FULL_DATABASE"
    })
    void onlyKnownTypesAreReadOffAName(String name, String type) {
        assertThat(foreign(name, 1, PLAIN).manifest().backupType()).isEqualTo(type);
    }

    @Test
    void copiesThatDifferInSizeAreToldAndEachIsMeasuredByItsOwn() {
        Backup one = ForeignFile.backup("r2", "shop", file("own.dump", 100, now), Optional.of(PLAIN), now);
        Backup other = ForeignFile.backup("local", "shop", file("own.dump", 200, now), Optional.of(PLAIN), now);

        Backup both = one.and(other);

        assertThat(both.differingSizes()).contains("its copies differ in size: 100 bytes in r2, 200 bytes in local");
        assertThat(both.object("r2").sizeBytes()).isEqualTo(100);
        assertThat(both.object("local").sizeBytes()).isEqualTo(200);
        assertThat(rule("by-id", false).note(both))
                .hasValueSatisfying(note -> assertThat(note).contains("differ in size", "no manifest vouches for it"));
    }

    private Catalog catalog(String files) {
        List<Backup> backups = new ArrayList<>();
        for (String file : files == null ? new String[0] : files.split(" ")) {
            backups.add(backup(file));
        }
        return new Catalog(List.of(StoreListing.answered("r2", backups, Map.of(), Map.of(), List.of())), verdicts);
    }

    private Backup backup(String file) {
        int days = Integer.parseInt(file.substring(file.indexOf('@') + 1));
        return switch (file.substring(0, file.indexOf('@'))) {
            case "vouched" -> ours(file, days, Backup.Trust.VOUCHED, Manifest.Status.COMPLETED);
            case "failed" -> ours(file, days, Backup.Trust.VOUCHED, Manifest.Status.FAILED);
            case "proven" -> judged(ours(file, days, Backup.Trust.VOUCHED, Manifest.Status.COMPLETED), true);
            case "broken" -> ours(file, days, Backup.Trust.BROKEN, Manifest.Status.COMPLETED);
            case "bad" -> judged(foreign(file, days, PLAIN), false);
            case "plain" -> foreign(file, days, PLAIN);
            case "openpgp" -> foreign(file, days, new FirstBytes("openpgp", null, null, null));
            case "fernet" -> foreign(file, days, new FirstBytes("fernet", null, null, ago(days)));
            // The token says how old it is, whatever the name and the store say.
            case "renamed" ->
                ForeignFile.backup(
                        "r2",
                        "shop",
                        file(file, 1, now),
                        Optional.of(new FirstBytes("fernet", null, null, ago(days))),
                        now);
            case "unseen" -> ForeignFile.backup("r2", "shop", file(file, 1, ago(days)), Optional.empty(), now);
            case "users" -> named("backup_users_only_20200101_000000." + file, days);
            case "in2099" -> named("backup_full_database_20991231_000000." + file, days);
            case "junk" -> ForeignFile.flawed("r2", "shop", file(file, 1, ago(days)), "it is no backup", now);
            case "empty" -> ForeignFile.flawed("r2", "shop", file(file, 0, ago(days)), "it is empty", now);
            default -> throw new IllegalArgumentException(file);
        };
    }

    private Backup named(String name, int days) {
        return foreign(name, days, PLAIN);
    }

    private Backup foreign(String name, int days, FirstBytes start) {
        return ForeignFile.backup("r2", "shop", file(name, 1, ago(days)), Optional.of(start), now);
    }

    private Backup judged(Backup backup, boolean passed) {
        verdicts.put(
                backup.id(),
                new Manifest.Proof(now.plusSeconds(1), UUID.randomUUID(), passed, passed ? null : "it is bad"));
        return backup;
    }

    private Backup ours(String name, int days, Backup.Trust trust, Manifest.Status status) {
        Manifest manifest = new Manifest(
                UUID.randomUUID(),
                "shop",
                Manifest.FULL_DATABASE,
                name,
                1,
                List.of(new Manifest.StoredObject(name, 1, "00", Manifest.DATABASE)),
                1,
                status,
                ago(days),
                null,
                "shop",
                null,
                "custom",
                "gzip",
                "openpgp",
                null,
                List.of(),
                null,
                "00");
        return new Backup(manifest, trust, Map.of("r2", name));
    }

    private static StoredFile file(String name, long size, Instant changed) {
        return new StoredFile("shop/" + name, size, changed, "1");
    }

    private Instant ago(int days) {
        return now.minus(Duration.ofDays(days));
    }

    private static String name(Backup backup) {
        String name = backup.manifest().filename();
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private static ForeignRule rule(String setting, boolean key) {
        Map<String, String> values = new HashMap<>(Map.of("dr.restore.foreign", setting));
        if (key) {
            values.put("dr.encryption.fernet-keys[0]", FERNET_KEY);
        }
        return new ForeignRule(
                new Binder(new MapConfigurationPropertySource(values)).bindOrCreate("dr", DrSettings.class));
    }
}
