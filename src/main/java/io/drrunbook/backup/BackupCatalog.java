package io.drrunbook.backup;

import java.util.List;
import org.apache.camel.ProducerTemplate;
import org.springframework.context.annotation.Lazy;
import org.springframework.stereotype.Component;

/** Asks the stores what there is, through the route {@code list-backups}; the application's database is never asked. */
@Component
public class BackupCatalog {

    private final ProducerTemplate producer;

    BackupCatalog(@Lazy ProducerTemplate producer) {
        this.producer = producer;
    }

    /** The catalog as of now; stores that do not answer are named in it. */
    public Catalog read() {
        List<?> listings = producer.requestBody("direct:list-backups", null, List.class);
        return new Catalog(listings.stream().map(StoreListing.class::cast).toList());
    }
}
