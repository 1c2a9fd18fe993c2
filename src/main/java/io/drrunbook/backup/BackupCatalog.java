package io.drrunbook.backup;

import java.util.List;
import org.apache.camel.ProducerTemplate;
import org.springframework.context.annotation.Lazy;
import org.springframework.stereotype.Component;

/** Asks the stores what there is, through the route {@code list-backups}; the application's database is never asked. */
@Component
public class BackupCatalog {

    private final ProducerTemplate producer;
    private final Verdicts verdicts;

    BackupCatalog(@Lazy ProducerTemplate producer, Verdicts verdicts) {
        this.producer = producer;
        this.verdicts = verdicts;
    }

    /** The catalog as of now; stores that do not answer are named in it. */
    public Catalog read() {
        List<?> listings = producer.requestBody("direct:list-backups", null, List.class);
        return new Catalog(listings.stream().map(StoreListing.class::cast).toList(), verdicts.latest());
    }
}
