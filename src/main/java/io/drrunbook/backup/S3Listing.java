package io.drrunbook.backup;

import io.drrunbook.settings.DrSettings;
import java.util.ArrayList;
import java.util.List;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import software.amazon.awssdk.services.s3.model.ListObjectsRequest;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Pages through a bucket for the routes {@code list-r2} and {@code list-b2}. */
@Component
class S3Listing {

    private static final String FILES = "files";
    private static final String LAST_KEY = "lastKey";
    private static final String MORE = "more";

    private static final Logger LOG = LoggerFactory.getLogger(S3Listing.class);

    private final DrSettings.Stores stores;

    S3Listing(DrSettings settings) {
        this.stores = settings.stores();
    }

    /** The request for the first page, or for the one behind the last key that was seen. */
    public void ask(Exchange exchange, String store) {
        DrSettings.S3 settings = store.equals("r2") ? stores.r2() : stores.b2();
        exchange.getMessage()
                .setBody(ListObjectsRequest.builder()
                        .bucket(settings.bucket())
                        .prefix(Stores.prefix(settings))
                        .marker(exchange.getProperty(LAST_KEY, String.class))
                        .build());
    }

    /** Keeps a page; an empty one is the last. */
    public void keep(Exchange exchange, @Body List<S3Object> page) {
        List<StoredFile> files = files(exchange);
        for (S3Object object : page) {
            if (Stores.isExpression(object.key())) {
                LOG.warn("passed over an object whose key contains an expression: {}", object.key());
            } else {
                files.add(new StoredFile(object.key(), object.size(), object.lastModified(), object.eTag()));
            }
        }
        exchange.setProperty(MORE, !page.isEmpty());
        if (!page.isEmpty()) {
            exchange.setProperty(LAST_KEY, page.get(page.size() - 1).key());
        }
    }

    /** All pages together. */
    public List<StoredFile> all(Exchange exchange) {
        return files(exchange);
    }

    @SuppressWarnings("unchecked")
    private static List<StoredFile> files(Exchange exchange) {
        List<StoredFile> files = exchange.getProperty(FILES, List.class);
        if (files == null) {
            files = new ArrayList<>();
            exchange.setProperty(FILES, files);
        }
        return files;
    }
}
