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

/** A bucket on a real S3 server on loopback, which is a process of its own and checks signatures. */
public final class S3Server implements AutoCloseable {

    private static final Path JAR = Path.of("target/world/s3proxy.jar").toAbsolutePath();
    private static final String FIRST_BUCKET = "backups";

    private final String name;
    private final String bucket;
    private final Path directory;
    private final int port;
    private final Running running;
    private final S3Client client;

    private S3Server(String name, String bucket, Path directory, int port, Running running) {
        this.name = name;
        this.bucket = bucket;
        this.directory = directory;
        this.port = port;
        this.running = running;
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
            S3Server server = new S3Server(
                    name, FIRST_BUCKET, Files.createTempDirectory("dr-s3-" + name), Ports.free(), new Running());
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
            server.client.createBucket(create -> create.bucket(FIRST_BUCKET));
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A bucket of its own on the same server; closing it empties the bucket and leaves the server. */
    public S3Server withBucket(String another) {
        S3Server server = new S3Server(name, another, directory, port, running);
        server.client.createBucket(create -> create.bucket(another));
        return server;
    }

    public String endpoint() {
        return "http://127.0.0.1:" + port;
    }

    public int port() {
        return port;
    }

    public String bucket() {
        return bucket;
    }

    public String accessKey() {
        return name + "-access";
    }

    public String secretKey() {
        return name + "-secret-key";
    }

    public void start() {
        try {
            running.process = new ProcessBuilder(
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
        running.process.destroyForcibly();
        running.process.onExit().join();
    }

    public void put(String key, byte[] content) {
        client.putObject(object -> object.bucket(bucket).key(key), RequestBody.fromBytes(content));
    }

    public byte[] get(String key) {
        return client.getObjectAsBytes(object -> object.bucket(bucket).key(key)).asByteArray();
    }

    public void delete(String key) {
        client.deleteObject(object -> object.bucket(bucket).key(key));
    }

    public List<String> keys(String prefix) {
        return client.listObjectsV2Paginator(list -> list.bucket(bucket).prefix(prefix)).contents().stream()
                .map(S3Object::key)
                .toList();
    }

    /** Keys of uploads in parts that nobody has finished. */
    public List<String> unfinishedUploads() {
        return client.listMultipartUploadsPaginator(list -> list.bucket(bucket)).uploads().stream()
                .map(MultipartUpload::key)
                .toList();
    }

    /** Begins an upload in parts and leaves it. */
    public void beginUpload(String key) {
        client.createMultipartUpload(upload -> upload.bucket(bucket).key(key));
    }

    public void clear() {
        keys("").forEach(this::delete);
        client.listMultipartUploadsPaginator(list -> list.bucket(bucket))
                .uploads()
                .forEach(upload -> client.abortMultipartUpload(
                        abort -> abort.bucket(bucket).key(upload.key()).uploadId(upload.uploadId())));
    }

    @Override
    public void close() {
        if (bucket.equals(FIRST_BUCKET)) {
            stop();
            FileUtils.deleteQuietly(directory.toFile());
        } else {
            // What an upload that was cut has left keeps the bucket itself from being deleted; no one asks for its name
            // again.
            clear();
        }
        client.close();
    }

    /** The process, which all buckets of a server share. */
    private static final class Running {

        private Process process;
    }
}
