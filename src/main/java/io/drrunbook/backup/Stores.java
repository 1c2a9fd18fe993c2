package io.drrunbook.backup;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.camel.Header;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/** The S3 clients that the routes of the stores use. */
@Configuration(proxyBeanMethods = false)
public class Stores {

    /** Names of all stores, for whoever shows or counts them; which one is tried first stands in the download route. */
    public static final List<String> NAMES = List.of("r2", "b2", "local");

    /** One retry and no more, because the failover route has the next store at hand. */
    private static final int ATTEMPTS = 2;

    /** Who writes or deletes has no other store to turn to. */
    private static final int PATIENT_ATTEMPTS = 5;

    /**
     * Before the last retry. All connections of a pool may be dead, when a load balancer or the network in between has gone; each of
     * them would cost an attempt. The HTTP client looks at one before it uses it, when it has been idle for 2 s
     * ({@code PoolingHttpClientConnectionManager#setValidateAfterInactivity}); the SDK has no setting for it.
     */
    private static final Duration UNTIL_THE_DEAD_ARE_KNOWN = Duration.ofMillis(2500);

    private static final BackoffStrategy BEFORE =
            BackoffStrategy.exponentialDelay(Duration.ofMillis(100), Duration.ofSeconds(1));

    private final DrSettings settings;

    Stores(DrSettings settings) {
        this.settings = settings;
    }

    @Bean(destroyMethod = "close")
    S3Client r2Client() {
        return client(settings.stores().r2(), ATTEMPTS);
    }

    @Bean(destroyMethod = "close")
    S3Client b2Client() {
        return client(settings.stores().b2(), ATTEMPTS);
    }

    @Bean(destroyMethod = "close")
    S3Client r2PatientClient() {
        return client(settings.stores().r2(), PATIENT_ATTEMPTS);
    }

    @Bean(destroyMethod = "close")
    S3Client b2PatientClient() {
        return client(settings.stores().b2(), PATIENT_ATTEMPTS);
    }

    /** Whether that store is configured. */
    public boolean configured(String store) {
        return switch (store) {
            case "r2" -> settings.stores().r2().configured();
            case "b2" -> settings.stores().b2().configured();
            case "local" -> settings.stores().local().configured();
            default -> throw new IllegalArgumentException("there is no store " + store + ": " + NAMES);
        };
    }

    /**
     * Called at the head of each store's routes.
     *
     * @throws RunbookException ({@code store_not_configured})
     */
    public void require(String store) {
        if (!configured(store)) {
            throw new RunbookException(
                    "store_not_configured",
                    "not configured: set dr.stores." + store + (store.equals("local") ? ".directory" : ".bucket"));
        }
    }

    /** The key of a file in that store. */
    public String key(String store, String application, String filename) {
        return prefix(store) + application + "/" + filename;
    }

    /**
     * The application that a key in that store belongs to: a file below {@code <prefix>/<application>/}, with one application
     * also straight below the prefix.
     */
    Optional<String> application(String store, String key) {
        String prefix = prefix(store);
        String path = key.startsWith(prefix) ? key.substring(prefix.length()) : key;
        int slash = path.indexOf('/');
        if (slash < 0) {
            return settings.applications().size() == 1
                    ? settings.applications().keySet().stream().findFirst()
                    : Optional.empty();
        }
        String folder = path.substring(0, slash);
        boolean direct = path.indexOf('/', slash + 1) < 0 && slash < path.length() - 1;
        return direct && settings.applications().containsKey(folder) ? Optional.of(folder) : Optional.empty();
    }

    private String prefix(String store) {
        return switch (store) {
            case "r2" -> prefix(settings.stores().r2());
            case "b2" -> prefix(settings.stores().b2());
            default -> "";
        };
    }

    /**
     * The key as camel-aws2-s3 gets it, which evaluates one that contains an expression (CVE-2026-95664): whoever may write
     * into the bucket would call beans of this service by the name of an object.
     *
     * @throws RunbookException ({@code key_is_expression})
     */
    public String literalKey(@Header("key") String key) {
        if (isExpression(key)) {
            throw new RunbookException(
                    "key_is_expression",
                    "an object's key contains an expression, so it is neither read nor written: " + key
                            + "; find out who has put it into the bucket, and delete it there");
        }
        return key;
    }

    /** Whether Camel would evaluate it. */
    static boolean isExpression(String key) {
        return key.contains("${") || key.contains("$simple{");
    }

    /** The bucket of a store that speaks S3. */
    String bucket(String store) {
        return switch (store) {
            case "r2" -> settings.stores().r2().bucket();
            case "b2" -> settings.stores().b2().bucket();
            default -> throw new IllegalArgumentException(store + " has no bucket");
        };
    }

    /** The configured prefix with one slash behind it, or nothing. */
    static String prefix(DrSettings.S3 store) {
        String prefix = store.prefix().strip();
        while (prefix.startsWith("/")) {
            prefix = prefix.substring(1);
        }
        return prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/";
    }

    /** Path style and no checksum trailers, which R2 and B2 have refused since SDK 2.30. */
    private S3Client client(DrSettings.S3 store, int attempts) {
        S3ClientBuilder builder = S3Client.builder()
                .region(Region.of(store.region().isBlank() ? "auto" : store.region()))
                .forcePathStyle(true)
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(
                        store.accessKey().isBlank() ? "none" : store.accessKey(),
                        store.secretKey().isBlank() ? "none" : store.secretKey())))
                .httpClientBuilder(ApacheHttpClient.builder()
                        .connectionTimeout(settings.download().connectTimeout())
                        .socketTimeout(settings.download().stallTimeout())
                        .maxConnections(32))
                .overrideConfiguration(options -> options.retryStrategy(DefaultRetryStrategy.standardStrategyBuilder()
                        .maxAttempts(attempts)
                        .backoffStrategy(failed ->
                                failed >= attempts - 1 ? UNTIL_THE_DEAD_ARE_KNOWN : BEFORE.computeDelay(failed))
                        .build()));
        if (!store.endpoint().isBlank()) {
            builder.endpointOverride(URI.create(store.endpoint()));
        }
        return builder.build();
    }
}
