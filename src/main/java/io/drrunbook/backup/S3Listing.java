package io.drrunbook.backup;

import io.drrunbook.settings.DrSettings;
import java.util.List;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.springframework.stereotype.Component;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.ListObjectsRequest;
import software.amazon.awssdk.services.s3.model.S3Object;

/** Pages through a bucket for the routes {@code list-r2} and {@code list-b2}. */
@Component
class S3Listing {

    private static final String FILES = "files";
    private static final String LAST_KEY = "lastKey";
    private static final String MORE = "more";

    private final DrSettings.Stores settings;
    private final Stores stores;
    private final ListingLimits limits;

    S3Listing(DrSettings settings, Stores stores, ListingLimits limits) {
        this.settings = settings.stores();
        this.stores = stores;
        this.limits = limits;
    }

    /** The request for the first page, or for the one behind the last key that was seen. */
    public void ask(Exchange exchange, String store) {
        DrSettings.S3 place = store.equals("r2") ? settings.r2() : settings.b2();
        exchange.getMessage()
                .setBody(ListObjectsRequest.builder()
                        .bucket(place.bucket())
                        .prefix(Stores.prefix(place))
                        // A key may hold what XML cannot.
                        .encodingType(EncodingType.URL)
                        .marker(exchange.getProperty(LAST_KEY, String.class))
                        .build());
    }

    /** Keeps a page; an empty one is the last. */
    public void keep(Exchange exchange, @Body List<S3Object> page) {
        ListedFiles files = all(exchange);
        for (S3Object object : page) {
            if (Stores.isExpression(object.key())) {
                files.unreadable("an object whose key contains an expression is passed over: " + object.key()
                        + "; find out who has put it into the bucket, and delete it there");
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
    public ListedFiles all(Exchange exchange) {
        ListedFiles files = exchange.getProperty(FILES, ListedFiles.class);
        if (files == null) {
            String store = exchange.getProperty("store", String.class);
            files = new ListedFiles(key -> stores.application(store, key), limits.files());
            exchange.setProperty(FILES, files);
        }
        return files;
    }
}
