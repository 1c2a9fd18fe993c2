package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.luben.zstd.ZstdOutputStream;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.ServiceProcess.Answer;
import io.drrunbook.world.World;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What anybody can put into a bucket, and what a README lets people do, against a service with 256 MB of heap. */
@InWorld
class HostileFilesTest {

    private static World world;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start(World given) {
        world = given;
        world.createShop(200);
    }

    @Test
    void filesThatAskForMoreThanThereIsFailTheirDrillWithACodeAndTheServiceGoesOn() throws IOException {
        Map<String, String> codes = new TreeMap<>();
        codes.put("20200101_010000", "unsupported_encryption");
        put(
                "20200101_010000",
                HexFormat.of()
                        .parseHex("8c16 0409 04 00112233445566778899aabbccddeeff 01041f d22001".replace(" ", "")
                                + "5a".repeat(140)));
        codes.put("20200102_010000", "unsupported_encryption");
        put("20200102_010000", HexFormat.of().parseHex("8c0404090008d42001090219" + "5a".repeat(28)));
        codes.put("20200103_010000", "expands_too_far");
        put("20200103_010000", endless(200 << 20));
        put("20200104_010000", new byte[0]);
        try (ServiceProcess service = world.service(
                        "hostile",
                        world.application("shop", "kubernetes", world.shop.healthUrl(), 3),
                        "dr.restore.reserve: " + reserve() + "B\n")
                .start()) {
            long pid = service.pid();
            codes.forEach((stamp, code) -> {
                JsonNode drill = service.await(service.start("drill", "shop", id(service, stamp)));

                assertThat(drill.get("status").asText()).as(drill.toString()).isEqualTo("failed");
                assertThat(drill.get("code").asText()).as(drill.toString()).isEqualTo(code);
            });
            Answer empty = service.ask("drill", "shop", id(service, "20200104_010000"));
            assertThat(empty.status()).as(empty.body()).isEqualTo(422);
            assertThat(empty.body()).contains("backup_not_restorable", "it is empty");
            assertThat(service.pid()).isEqualTo(pid);
            assertThat(service.get("/actuator/health/readiness").status()).isEqualTo(200);
        }
    }

    @Test
    void theExampleOfTheReadmeIsRefusedWhileItsVariablesAreNotSet() throws IOException {
        Matcher example =
                Pattern.compile("(?s)# production.yml\n(.*?)```").matcher(Files.readString(Path.of("README.md")));
        assertThat(example.find()).isTrue();

        try (ServiceProcess service = new ServiceProcess(directory, example.group(1))) {
            assertThat(service.startToEnd()).isNotZero();

            assertThat(service.log())
                    .contains(
                            "dr.encryption.passphrase still holds ${DR_PASSPHRASE}",
                            "dr.applications.shop.database.password still holds ${SHOP_DB_PASSWORD}")
                    .doesNotContain("\tat ");
        }
    }

    /** Leaves 50 MB of the disk to a backup that does not say how large it becomes. */
    private static long reserve() throws IOException {
        return Files.getFileStore(world.directory()).getUsableSpace() - (50 << 20);
    }

    private static void put(String stamp, byte[] content) throws IOException {
        Path file = world.local.resolve("shop").resolve(name(stamp));
        Files.createDirectories(file.getParent());
        Files.write(file, content);
    }

    private static String name(String stamp) {
        return "backup_full_database_" + stamp + ".dump";
    }

    private static String id(ServiceProcess service, String stamp) {
        return StreamSupport.stream(
                        service.get("/api/v1/backups?application=shop").json().spliterator(), false)
                .filter(backup -> backup.get("filename").asText().equals(name(stamp)))
                .map(backup -> backup.get("id").asText())
                .findFirst()
                .orElseThrow(() -> new AssertionError(new String(
                        service.get("/api/v1/backups").body().getBytes(StandardCharsets.UTF_8),
                        StandardCharsets.UTF_8)));
    }

    /** Begins like a dump: anything else is not even tried. */
    private static byte[] endless(int size) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new ZstdOutputStream(packed)) {
            out.write("PGDMP".getBytes(StandardCharsets.US_ASCII));
            byte[] chunk = new byte[1 << 20];
            for (int i = 0; i < size; i += chunk.length) {
                out.write(chunk);
            }
        }
        return packed.toByteArray();
    }
}
