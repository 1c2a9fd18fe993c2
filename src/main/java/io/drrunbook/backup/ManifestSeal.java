package io.drrunbook.backup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Writes and checks manifests: HMAC-SHA256 over the JSON without its {@code hmac}, members sorted by name, no white
 * space (the way of RFC 8785, for the strings, integers, arrays and objects that a manifest has).
 *
 * <p>The key is {@code dr.encryption.manifest-key}, else derived from the passphrase, so that who can put an object into
 * a store cannot make the service restore it (restoring runs SQL that the backup's author chose).
 */
@Component
public class ManifestSeal {

    private static final String PURPOSE = "dr-runbook manifest v1";

    private final DrSettings.Encryption keys;
    private final ObjectMapper json = JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
            .build();

    public ManifestSeal(DrSettings settings) {
        this.keys = settings.encryption();
    }

    /**
     * The manifest as the JSON that goes into a store, signed.
     *
     * @throws RunbookException ({@code no_manifest_key}) when no key is configured
     */
    public byte[] sign(Manifest manifest) {
        ObjectNode tree = json.valueToTree(manifest);
        tree.put("hmac", hmac(tree, signing()));
        return tree.toPrettyString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads a manifest from a store.
     *
     * @return VOUCHED when its HMAC is right, else BROKEN
     * @throws IOException when it is no manifest at all
     */
    Backup read(byte[] content) throws IOException {
        JsonNode tree = json.readTree(content);
        if (!(tree instanceof ObjectNode signed)) {
            throw new IOException("it is not a JSON object");
        }
        Manifest manifest = json.treeToValue(signed, Manifest.class);
        if (manifest.id() == null
                || manifest.application() == null
                || manifest.filename() == null
                || manifest.status() == null
                || manifest.createdAt() == null) {
            throw new IOException("id, application, filename, status or created_at is missing");
        }
        requireName(manifest.filename());
        for (Manifest.StoredObject object : manifest.objects()) {
            requireName(object.name());
        }
        boolean right = manifest.hmac() != null
                && verifying()
                        .anyMatch(key -> MessageDigest.isEqual(
                                hmac(signed, key).getBytes(StandardCharsets.US_ASCII),
                                manifest.hmac().getBytes(StandardCharsets.US_ASCII)));
        return new Backup(manifest, right ? Backup.Trust.VOUCHED : Backup.Trust.BROKEN, Map.of());
    }

    private static void requireName(@Nullable String name) throws IOException {
        if (name == null
                || name.isBlank()
                || !name.equals(Path.of(name).getFileName().toString())) {
            throw new IOException("'" + name + "' is not the name of a file");
        }
    }

    private String hmac(ObjectNode tree, byte[] key) {
        ObjectNode unsigned = tree.deepCopy();
        unsigned.remove("hmac");
        try {
            return HexFormat.of().formatHex(mac(key, canonical(unsigned)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree can always be written", e);
        }
    }

    /**
     * Called before a backup is taken that could not be signed at its end.
     *
     * @throws RunbookException ({@code no_manifest_key})
     */
    public void requireKey() {
        signing();
    }

    private byte[] signing() {
        if (!keys.manifestKey().isBlank()) {
            return keys.manifestKey().getBytes(StandardCharsets.UTF_8);
        }
        if (!keys.passphrase().isBlank()) {
            return derived(keys.passphrase());
        }
        throw new RunbookException(
                "no_manifest_key",
                "no key vouches for manifests: set dr.encryption.manifest-key (or dr.encryption.passphrase)");
    }

    /** The keys that sign, or once did. */
    private Stream<byte[]> verifying() {
        return Stream.concat(
                Stream.concat(Stream.of(keys.manifestKey()), keys.formerManifestKeys().stream())
                        .filter(key -> !key.isBlank())
                        .map(key -> key.getBytes(StandardCharsets.UTF_8)),
                keys.passphrases().stream().map(ManifestSeal::derived));
    }

    private static byte[] derived(String passphrase) {
        return mac(passphrase.getBytes(StandardCharsets.UTF_8), PURPOSE);
    }

    private String canonical(JsonNode node) throws JsonProcessingException {
        Object plain = json.treeToValue(node, Object.class);
        return json.writer(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                .writeValueAsString(plain instanceof Map<?, ?> map ? new TreeMap<>(map) : plain);
    }

    private static byte[] mac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }
}
