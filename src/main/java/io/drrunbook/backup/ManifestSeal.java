package io.drrunbook.backup;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
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

    private static final Instant EARLIEST = Instant.EPOCH;
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

    private final DrSettings.Encryption keys;
    private final long largest;
    private final ObjectMapper json = mapper().build();

    /** Of what nobody vouches for only the head is of use, and may be held in memory. */
    private final ObjectMapper head =
            mapper().addMixIn(Manifest.class, HeadOfManifest.class).build();

    public ManifestSeal(DrSettings settings) {
        this.keys = settings.encryption();
        this.largest = settings.listing().largestManifest().toBytes();
    }

    private static JsonMapper.Builder mapper() {
        return JsonMapper.builder(CanonicalJson.WITHIN_LIMITS.copy())
                .addModule(new JavaTimeModule())
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS);
    }

    /**
     * The manifest as the JSON that goes into a store, signed.
     *
     * @throws RunbookException ({@code no_manifest_key}) when no key is configured, ({@code manifest_too_large}) when it
     *     would not be read back
     */
    public byte[] sign(Manifest manifest) {
        try {
            CanonicalJson canonical = CanonicalJson.of(json.writeValueAsBytes(manifest));
            byte[] signed = json.writerWithDefaultPrettyPrinter()
                    .writeValueAsBytes(manifest.signed(hmac(signing(), canonical)));
            if (signed.length > largest) {
                throw tooLarge(
                        manifest, signed.length + " bytes, more than the " + largest + " that are read back", null);
            }
            return signed;
        } catch (NoManifestException e) {
            throw tooLarge(manifest, String.valueOf(e.getMessage()), e);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a manifest can always be written", e);
        }
    }

    /**
     * Called before a store has all of a backup.
     *
     * @throws RunbookException as {@link #sign} does
     */
    public void requireReadable(Manifest manifest) {
        sign(manifest);
    }

    private static RunbookException tooLarge(Manifest manifest, String why, @Nullable Throwable cause) {
        return new RunbookException(
                "manifest_too_large",
                "the manifest of " + manifest.filename() + " with its "
                        + manifest.tables().size()
                        + " tables would not be read back (" + why + "), so it is not written; raise"
                        + " dr.listing.largest-manifest, with the heap",
                cause);
    }

    /**
     * Reads a manifest from a store. The HMAC is looked at first: what nobody vouches for is not read further than its head.
     *
     * @return VOUCHED when its HMAC is right, else BROKEN, without tables and objects
     * @throws NoManifestException when it is no manifest at all
     */
    public Backup read(byte[] content) throws NoManifestException {
        if (content.length > largest) {
            throw new NoManifestException("it has more than " + largest + " bytes");
        }
        CanonicalJson canonical = CanonicalJson.of(content);
        String claimed = canonical.hmac();
        boolean right = claimed != null
                && verifying()
                        .anyMatch(key -> MessageDigest.isEqual(
                                hmac(key, canonical).getBytes(StandardCharsets.US_ASCII),
                                claimed.getBytes(StandardCharsets.UTF_8)));
        Manifest manifest = manifest(right ? json : head, canonical);
        requireSense(manifest);
        return new Backup(
                claimed != null && right ? manifest.signed(claimed) : manifest,
                right ? Backup.Trust.VOUCHED : Backup.Trust.BROKEN,
                Map.of());
    }

    /** Reads the bytes that the HMAC was made over, and no others. */
    private static Manifest manifest(ObjectMapper mapper, CanonicalJson canonical) throws NoManifestException {
        try {
            return mapper.readValue(canonical.bytes(), Manifest.class);
        } catch (IOException | RuntimeException e) {
            throw new NoManifestException("its members are not those of a manifest: "
                    + FileName.shown(
                            String.valueOf(e.getMessage()).lines().findFirst().orElse("")));
        }
    }

    private static void requireSense(Manifest manifest) throws NoManifestException {
        if (manifest.id() == null
                || manifest.application() == null
                || manifest.filename() == null
                || manifest.status() == null
                || manifest.createdAt() == null) {
            throw new NoManifestException("id, application, filename, status or created_at is missing");
        }
        requireName(manifest.application());
        requireName(manifest.filename());
        for (Manifest.StoredObject object : manifest.objects()) {
            requireName(object.name());
        }
        requireTime(manifest.createdAt());
        requireTime(manifest.completedAt());
        requireTime(manifest.proof() == null ? null : manifest.proof().at());
    }

    private static void requireName(@Nullable String name) throws NoManifestException {
        Optional<String> flaw = name == null ? Optional.of("the name of an object is missing") : FileName.flaw(name);
        if (flaw.isPresent()) {
            throw new NoManifestException(flaw.get());
        }
    }

    private static void requireTime(@Nullable Instant time) throws NoManifestException {
        if (time != null && (time.isBefore(EARLIEST) || time.isAfter(LATEST))) {
            throw new NoManifestException("a time in it is before 1970 or after 9999");
        }
    }

    private static String hmac(byte[] key, CanonicalJson canonical) {
        return HexFormat.of().formatHex(mac(key, canonical.bytes()));
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
        return mac(passphrase.getBytes(StandardCharsets.UTF_8), PURPOSE.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] mac(byte[] key, byte[] text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    /** Leaves out what can be long. */
    @JsonIgnoreProperties(
            value = {"tables", "objects", "proof"},
            ignoreUnknown = true)
    private abstract static class HeadOfManifest {}
}
