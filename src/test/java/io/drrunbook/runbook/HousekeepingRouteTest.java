package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import io.drrunbook.runbook.ExpiredDatabases.Expired;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

@InWorld
@InHarness
class HousekeepingRouteTest {

    @Autowired
    private StepHarness step;

    @Test
    void expiredDatabasesAreDroppedAndNoOtherEver(PostgresCluster cluster) throws Exception {
        Journal journal = new Journal(
                List.of(
                        new Expired("shop", "shop"),
                        new Expired("shop", "bystander"),
                        new Expired("unknown", "shop__before_00000002"),
                        new Expired("shop", "shop__dr_00000001"),
                        new Expired("shop", "shop__before_00000002"),
                        new Expired("shop", "shop__before_00000009")),
                new ArrayList<>());
        step.begin(
                StepHarness.shopOn(cluster, Map.of()), Map.of("expiredDatabases", journal), "housekeeping.camel.yaml");
        for (String name :
                List.of("shop", "bystander", "shop__dr_00000001", "shop__before_00000002", "shop__before_00000003")) {
            cluster.execute("postgres", "CREATE DATABASE " + name);
        }
        cluster.execute("postgres", "ALTER DATABASE shop__before_00000002 ALLOW_CONNECTIONS false");

        step.complete("direct:drop-expired-databases", step.run());

        assertThat(cluster.databases())
                .containsExactly("bystander", "shop", "shop__before_00000003", "shop__dr_00000001");
        assertThat(journal.gone())
                .extracting(Expired::database)
                .containsExactly("shop__before_00000002", "shop__before_00000009");
    }

    /** Stands where the journal stands in the service. */
    public record Journal(List<Expired> expired, List<Expired> gone) implements ExpiredDatabases {

        @Override
        public void dropped(Expired database) {
            gone.add(database);
        }
    }
}
