package io.drrunbook.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Manifests: whom they are believed from, and what is not even read. */
@Tag("quick")
class ManifestSealTest {

    private static final String KEY = "a key for manifests";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ManifestSeal seal = seal("16MB");

    @Test
    void whatIsWrittenWithSixtyThousandTablesIsReadBack() throws Exception {
        Manifest manifest = manifest(60_000, Instant.parse("2026-01-01T02:00:00Z"));

        Backup read = seal.read(seal.sign(manifest));

        assertThat(read.trust()).isEqualTo(Backup.Trust.VOUCHED);
        assertThat(read.manifest().tables()).hasSize(60_000).isEqualTo(manifest.tables());
    }

    @Test
    void whatWouldNotBeReadBackIsNotWritten() {
        assertThatThrownBy(() -> seal("64KB").sign(manifest(1_000, Instant.now())))
                .isInstanceOfSatisfying(
                        RunbookException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo("manifest_too_large"))
                .hasMessageContaining("dr.listing.largest-manifest");
    }

    /** The definition: sorted by name, no white space, without hmac. Manifests that were made by it years ago stay good. */
    @Test
    void theHmacIsMadeOverTheCanonicalFormWhateverTheOrderAndWhiteSpaceOfTheFile() throws Exception {
        ObjectNode tree = (ObjectNode) JSON.readTree(seal.sign(manifest(3, Instant.parse("2026-01-01T02:00:00.123Z"))));
        tree.put("filename", "é\"\\ 日本 \uD83D\uDE00.dump");
        tree.put("from_a_newer_version", 1.5);
        tree.remove("hmac");
        Map<?, ?> sorted = JSON.convertValue(tree, TreeMap.class);
        String canonical =
                JSON.writer(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).writeValueAsString(sorted);
        tree.put("hmac", hmac(canonical));

        Backup read = seal.read(tree.toPrettyString().getBytes(StandardCharsets.UTF_8));

        assertThat(read.trust()).isEqualTo(Backup.Trust.VOUCHED);
        assertThat(read.manifest().filename()).startsWith("é\"");
    }

    @Test
    void ofAManifestThatNobodyVouchesForOnlyTheHeadIsKept() throws Exception {
        ObjectNode tree = (ObjectNode) JSON.readTree(seal.sign(manifest(50, Instant.now())));
        tree.put("status", "VERIFIED");

        Backup read = seal.read(JSON.writeValueAsBytes(tree));

        assertThat(read.trust()).isEqualTo(Backup.Trust.BROKEN);
        assertThat(read.manifest().tables()).isEmpty();
        assertThat(read.manifest().objects()).isEmpty();
        assertThat(read.manifest().filename()).isEqualTo("backup.dump");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "the name of a root",
        "a name with a folder",
        "a name with NUL",
        "a name of nothing",
        "a name of 300 letters",
        "a name with a line's end",
        "no name",
        "an array",
        "a number",
        "nothing",
        "half of a manifest",
        "two manifests",
        "the year 1000000000",
        "the year 0001",
        "a number of a million digits",
        "a text of a million letters",
        "a member's name of a million letters",
        "a million members",
        "a million nested arrays",
        "a member twice",
        "an hmac that is a number",
        "an unknown status",
        "UTF-16",
        "more bytes than a manifest may have",
    })
    void isNoManifestAndCostsNothingButItself(String kind) {
        assertThatThrownBy(() -> seal.read(document(kind)))
                .isInstanceOf(NoManifestException.class)
                .satisfies(refusal -> assertThat(refusal.getMessage()).hasSizeLessThan(400));
    }

    private byte[] document(String kind) throws Exception {
        ObjectNode tree = (ObjectNode) JSON.readTree(seal.sign(manifest(2, Instant.now())));
        String good = tree.toString();
        String text = switch (kind) {
            case "the name of a root" -> tree.put("filename", "/").toString();
            case "a name with a folder" -> tree.put("filename", "../x").toString();
            case "a name with NUL" -> tree.put("filename", "x\0y").toString();
            case "a name of nothing" -> tree.put("filename", " ").toString();
            case "a name of 300 letters" ->
                tree.put("filename", "x".repeat(300)).toString();
            case "a name with a line's end" -> tree.put("filename", "x\ny").toString();
            case "no name" -> tree.putNull("filename").toString();
            case "an array" -> "[" + good + "]";
            case "a number" -> "17";
            case "nothing" -> "";
            case "half of a manifest" -> good.substring(0, good.length() / 2);
            case "two manifests" -> good + good;
            case "the year 1000000000" ->
                tree.put("created_at", "+1000000000-12-31T23:59:59.999999999Z").toString();
            case "the year 0001" ->
                tree.put("completed_at", "0001-01-01T00:00:00Z").toString();
            case "a number of a million digits" ->
                good.replace("\"size_bytes\":1,", "\"size_bytes\":" + "1".repeat(1_000_000) + ",");
            case "a text of a million letters" ->
                tree.put("database", "x".repeat(1_000_000)).toString();
            case "a member's name of a million letters" ->
                tree.put("x".repeat(1_000_000), 1).toString();
            case "a million members" ->
                "{"
                        + String.join(
                                ",",
                                IntStream.range(0, 1_000_000)
                                        .mapToObj(i -> "\"" + i + "\":1")
                                        .toList())
                        + "}";
            case "a million nested arrays" -> "{\"a\":" + "[".repeat(1_000_000);
            case "a member twice" -> good.replace("{\"id\"", "{\"id\":null,\"id\"");
            case "an hmac that is a number" -> tree.put("hmac", 1).toString();
            case "an unknown status" -> tree.put("status", "SPLENDID").toString();
            case "UTF-16" -> good;
            case "more bytes than a manifest may have" -> " ".repeat(17 * 1024 * 1024) + good;
            default -> throw new IllegalArgumentException(kind);
        };
        assertThat(kind.equals("UTF-16") || !text.equals(good)).isTrue();
        return kind.equals("UTF-16")
                ? ("\uFEFF" + text.substring(0, 20)).getBytes(StandardCharsets.UTF_16LE)
                : text.getBytes(StandardCharsets.UTF_8);
    }

    private static Manifest manifest(int tables, Instant createdAt) {
        return new Manifest(
                UUID.randomUUID(),
                "shop",
                Manifest.FULL_DATABASE,
                "backup.dump",
                1,
                List.of(new Manifest.StoredObject("backup.dump", 1, "00", Manifest.DATABASE)),
                1,
                Manifest.Status.COMPLETED,
                createdAt,
                createdAt,
                "shop",
                "15.3",
                "custom",
                "gzip",
                "openpgp",
                "passphrase 00",
                IntStream.range(0, tables)
                        .mapToObj(
                                i -> Manifest.TableRows.of("tenant_" + i, "a_table_with_a_name_as_people_give_them", i))
                        .toList(),
                null,
                null);
    }

    private static String hmac(String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(KEY.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static ManifestSeal seal(String largest) {
        return new ManifestSeal(new Binder(new MapConfigurationPropertySource(
                        Map.of("dr.encryption.manifest-key", KEY, "dr.listing.largest-manifest", largest)))
                .bindOrCreate("dr", DrSettings.class));
    }
}
