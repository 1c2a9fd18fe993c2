package io.drrunbook.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.commons.io.FileUtils;
import org.awaitility.Awaitility;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Object;

/** A real S3 server on loopback, a process of its own, that checks signatures. */
public final class S3Server implements AutoCloseable {

    private static final Path JAR = Path.of("target/world/s3proxy.jar").toAbsolutePath();
    private static final String BUCKET = "backups";

    private final String name;
    private final Path directory;
    private final int port = Ports.free();
    private final S3Client client;
    private Process process;

    private S3Server(String name, Path directory) {
        this.name = name;
        this.directory = directory;
        this.client = S3Client.builder()
                .endpointOverride(URI.create(endpoint()))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey(), secretKey())))
                .build();
    }

    public static S3Server start(String name) {
        try {
            S3Server server = new S3Server(name, Files.createTempDirectory("dr-s3-" + name));
            Files.createDirectories(server.directory.resolve("objects"));
            Files.writeString(
                    server.directory.resolve("s3proxy.properties"),
                    String.join(
                            "\n",
                            "s3proxy.endpoint=" + server.endpoint(),
                            "s3proxy.authorization=aws-v2-or-v4",
                            "s3proxy.identity=" + server.accessKey(),
                            "s3proxy.credential=" + server.secretKey(),
                            "jclouds.provider=filesystem",
                            "jclouds.filesystem.basedir=" + server.directory.resolve("objects"),
                            ""));
            server.start();
            server.client.createBucket(bucket -> bucket.bucket(BUCKET));
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String endpoint() {
        return "http://127.0.0.1:" + port;
    }

    public int port() {
        return port;
    }

    public String bucket() {
        return BUCKET;
    }

    public String accessKey() {
        return name + "-access";
    }

    public String secretKey() {
        return name + "-secret-key";
    }

    public void start() {
        try {
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx192m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-jar",
                            JAR.toString(),
                            "--properties",
                            directory.resolve("s3proxy.properties").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .ignoreExceptionsInstanceOf(SdkException.class)
                .until(() -> client.listBuckets().hasBuckets());
    }

    /** Ends the server; what it holds stays. */
    public void stop() {
        process.destroyForcibly();
        process.onExit().join();
    }

    public void put(String key, byte[] content) {
        client.putObject(object -> object.bucket(BUCKET).key(key), RequestBody.fromBytes(content));
    }

    public byte[] get(String key) {
        return client.getObjectAsBytes(object -> object.bucket(BUCKET).key(key)).asByteArray();
    }

    public void delete(String key) {
        client.deleteObject(object -> object.bucket(BUCKET).key(key));
    }

    public List<String> keys(String prefix) {
        return client.listObjectsV2Paginator(list -> list.bucket(BUCKET).prefix(prefix)).contents().stream()
                .map(S3Object::key)
                .toList();
    }

    /** Keys of uploads in parts that nobody has finished. */
    public List<String> unfinishedUploads() {
        return client.listMultipartUploadsPaginator(list -> list.bucket(BUCKET)).uploads().stream()
                .map(MultipartUpload::key)
                .toList();
    }

    /** Begins an upload in parts and leaves it. */
    public void beginUpload(String key) {
        client.createMultipartUpload(upload -> upload.bucket(BUCKET).key(key));
    }

    public void clear() {
        keys("").forEach(this::delete);
        client.listMultipartUploadsPaginator(list -> list.bucket(BUCKET))
                .uploads()
                .forEach(upload -> client.abortMultipartUpload(
                        abort -> abort.bucket(BUCKET).key(upload.key()).uploadId(upload.uploadId())));
    }

    @Override
    public void close() {
        stop();
        client.close();
        FileUtils.deleteQuietly(directory.toFile());
    }
}
