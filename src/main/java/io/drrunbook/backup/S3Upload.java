package io.drrunbook.backup;

import io.drrunbook.settings.DrSettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.camel.Body;
import org.apache.camel.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.stereotype.Component;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * Writes a stream whose length nobody knows yet into a store that speaks S3: in parts, of which one is held in memory.
 * camel-aws2-s3 reads such a stream into memory whole.
 *
 * <p>An object has its name only when all of it is there. An upload that fails is given up, so that its parts cost nothing.
 */
@Component("s3Upload")
class S3Upload {

    private static final Logger LOG = LoggerFactory.getLogger(S3Upload.class);
    private static final String TYPE = "application/octet-stream";

    /** <a href="https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html">S3's limit</a>; R2 and B2 have it too. */
    private static final int MOST_PARTS = 10_000;

    private final Stores stores;
    private final Map<String, S3Client> clients;
    private final DrSettings.Upload settings;
    private final AwsRequestOverrideConfiguration limits;

    S3Upload(
            Stores stores,
            @Qualifier("r2PatientClient") S3Client r2,
            @Qualifier("b2PatientClient") S3Client b2,
            DrSettings settings) {
        this.stores = stores;
        this.clients = Map.of("r2", r2, "b2", b2);
        this.settings = settings.upload();
        this.limits = AwsRequestOverrideConfiguration.builder()
                .apiCallTimeout(this.settings.partTimeout())
                .build();
    }

    /**
     * Reads {@code content} to its end and closes it.
     *
     * @throws IOException when it cannot be read to its end; nothing is in the store then
     * @throws SdkException when the store does not take it
     */
    public void write(String store, @Header("key") String key, @Body InputStream content) throws IOException {
        stores.require(store);
        Target target = new Target(Objects.requireNonNull(clients.get(store)), stores.bucket(store), key, limits);
        int partSize = Math.toIntExact(settings.partSize().toBytes());
        try (content) {
            byte[] first = content.readNBytes(partSize);
            if (first.length < partSize) {
                target.put(body(first, first.length, content));
            } else {
                inParts(target, content, first);
            }
        }
    }

    /**
     * Gives up unfinished uploads, whose parts nobody sees and everybody pays for.
     *
     * @param prefix of their keys
     * @param before only those that began earlier
     * @throws SdkException when the store does not answer
     */
    public void giveUpUnfinished(String store, String prefix, Instant before) {
        S3Client client = Objects.requireNonNull(clients.get(store));
        String bucket = stores.bucket(store);
        client
                .listMultipartUploadsPaginator(
                        request -> request.bucket(bucket).prefix(prefix).overrideConfiguration(limits))
                .uploads()
                .stream()
                .filter(upload ->
                        upload.initiated() == null || upload.initiated().isBefore(before))
                .forEach(upload -> {
                    client.abortMultipartUpload(request -> request.bucket(bucket)
                            .key(upload.key())
                            .uploadId(upload.uploadId())
                            .overrideConfiguration(limits));
                    LOG.info(
                            "gave up the unfinished upload of {} to {}, begun at {}",
                            upload.key(),
                            store,
                            upload.initiated());
                });
    }

    private static void inParts(Target target, InputStream content, byte[] buffer) throws IOException {
        String upload = target.begin();
        boolean whole = false;
        try {
            List<CompletedPart> parts = new ArrayList<>();
            for (int n = buffer.length; n > 0; n = content.readNBytes(buffer, 0, buffer.length)) {
                if (parts.size() == MOST_PARTS) {
                    throw new IOException("the backup is larger than " + MOST_PARTS + " parts of " + buffer.length
                            + " bytes: raise dr.upload.part-size");
                }
                parts.add(target.part(upload, parts.size() + 1, body(buffer, n, content)));
            }
            target.complete(upload, parts);
            whole = true;
        } finally {
            if (!whole) {
                target.giveUp(upload);
            }
        }
    }

    /** Can be sent again, and tells whoever waits for the store that it still takes something. */
    private static RequestBody body(byte[] buffer, int length, InputStream content) {
        return RequestBody.fromContentProvider(() -> new Sent(buffer, length, content), length, TYPE);
    }

    /** A stream that wants to know when bytes that were read from it have gone further. */
    interface Watched {

        void moved();
    }

    private static final class Sent extends ByteArrayInputStream {

        private final InputStream source;

        Sent(byte[] buffer, int length, InputStream source) {
            super(buffer, 0, length);
            this.source = source;
        }

        @Override
        public synchronized int read(byte[] bytes, int offset, int length) {
            if (source instanceof Watched watched) {
                watched.moved();
            }
            return super.read(bytes, offset, length);
        }
    }

    /** One object to be. */
    private record Target(S3Client client, String bucket, String key, AwsRequestOverrideConfiguration limits) {

        void put(RequestBody body) {
            client.putObject(request -> request.bucket(bucket).key(key).overrideConfiguration(limits), body);
        }

        String begin() {
            return client.createMultipartUpload(
                            request -> request.bucket(bucket).key(key).overrideConfiguration(limits))
                    .uploadId();
        }

        CompletedPart part(String upload, int number, RequestBody body) {
            String tag = client.uploadPart(
                            request -> request.bucket(bucket)
                                    .key(key)
                                    .uploadId(upload)
                                    .partNumber(number)
                                    .overrideConfiguration(limits),
                            body)
                    .eTag();
            return CompletedPart.builder().partNumber(number).eTag(tag).build();
        }

        void complete(String upload, List<CompletedPart> parts) {
            client.completeMultipartUpload(request -> request.bucket(bucket)
                    .key(key)
                    .uploadId(upload)
                    .multipartUpload(all -> all.parts(parts))
                    .overrideConfiguration(limits));
        }

        /** What cannot be given up now is found later among the leftovers. */
        void giveUp(String upload) {
            try {
                client.abortMultipartUpload(request ->
                        request.bucket(bucket).key(key).uploadId(upload).overrideConfiguration(limits));
            } catch (SdkException e) {
                LOG.warn("the unfinished upload of {} to {} stays for now: {}", key, bucket, e.getMessage());
            }
        }
    }
}
