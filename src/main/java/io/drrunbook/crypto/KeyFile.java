package io.drrunbook.crypto;

import io.drrunbook.failure.RunbookException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.bouncycastle.bcpg.ArmoredInputStream;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPSecretKeyRing;
import org.bouncycastle.openpgp.jcajce.JcaPGPObjectFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The OpenPGP keys of a file: any number of armoured blocks, one behind the other, or binary as {@code gpg --export} writes
 * them.
 */
record KeyFile(Path path, String setting) {

    private static final Logger LOG = LoggerFactory.getLogger(KeyFile.class);
    private static final Pattern BLOCK = Pattern.compile(
            "-----BEGIN PGP (?:PRIVATE|PUBLIC) KEY BLOCK-----.*?-----END PGP (?:PRIVATE|PUBLIC) KEY BLOCK-----",
            Pattern.DOTALL);

    /** A key ring with hundreds of signatures is not a tenth of this. */
    private static final int LARGEST = 16 << 20;

    List<PGPSecretKeyRing> privateRings() {
        return rings(PGPSecretKeyRing.class, "private");
    }

    List<PGPPublicKeyRing> publicRings() {
        return rings(PGPPublicKeyRing.class, "public");
    }

    private <T> List<T> rings(Class<T> kind, String named) {
        List<Object> all = new ArrayList<>();
        List<String> failures = new ArrayList<>();
        blocks().forEach(block -> read(block, all, failures));
        List<T> rings = all.stream().filter(kind::isInstance).map(kind::cast).toList();
        if (rings.isEmpty()) {
            throw new RunbookException(
                    "no_key",
                    path + " holds no OpenPGP " + named + " key" + (failures.isEmpty() ? "" : " " + failures)
                            + ": look at " + setting);
        }
        failures.forEach(failure -> LOG.warn("{} {}: a key in it cannot be read ({})", setting, path, failure));
        return rings;
    }

    private List<byte[]> blocks() {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(path)) {
            bytes = in.readNBytes(LARGEST);
        } catch (IOException e) {
            throw new RunbookException("no_key", setting + " " + path + " cannot be read: " + e.getMessage(), e);
        }
        List<byte[]> armoured = BLOCK.matcher(new String(bytes, StandardCharsets.ISO_8859_1))
                .results()
                .map(block -> block.group().getBytes(StandardCharsets.ISO_8859_1))
                .toList();
        return armoured.isEmpty() ? List.of(bytes) : armoured;
    }

    private static void read(byte[] block, List<Object> into, List<String> failures) {
        try (InputStream in = new ByteArrayInputStream(block);
                InputStream binary = block.length > 0 && block[0] == '-' ? new ArmoredInputStream(in) : in) {
            JcaPGPObjectFactory objects = new JcaPGPObjectFactory(binary);
            for (Object ring = objects.nextObject(); ring != null; ring = objects.nextObject()) {
                into.add(ring);
            }
        } catch (IOException | RuntimeException e) {
            failures.add(String.valueOf(e.getMessage()));
        }
    }
}
