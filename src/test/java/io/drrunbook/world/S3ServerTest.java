package io.drrunbook.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.S3Exception;

@OwnServers("a server that starts by itself is what is tested")
class S3ServerTest {

    private static final byte[] CONTENT = "a backup".getBytes(StandardCharsets.UTF_8);

    private static S3Server server;

    @BeforeAll
    static void start() {
        server = S3Server.start("fixture");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void aWrongSecretIsForbidden() {
        try (S3Client stranger = S3Client.builder()
                .endpointOverride(URI.create(server.endpoint()))
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(server.accessKey(), "not the secret")))
                .build()) {
            assertThatThrownBy(() -> stranger.listObjectsV2(list -> list.bucket(server.bucket())))
                    .isInstanceOfSatisfying(
                            S3Exception.class,
                            refusal -> assertThat(refusal.statusCode()).isEqualTo(403));
        }
    }

    @Test
    void whatItHoldsOutlivesAStop() {
        server.put("shop/kept", CONTENT);

        server.stop();
        assertThatThrownBy(() -> server.get("shop/kept")).isInstanceOf(SdkClientException.class);
        server.start();

        assertThat(server.get("shop/kept")).isEqualTo(CONTENT);
        assertThat(server.keys("shop/")).containsExactly("shop/kept");
    }
}
