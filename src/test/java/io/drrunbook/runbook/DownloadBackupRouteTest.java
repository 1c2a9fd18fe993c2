package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import io.drrunbook.failure.RunbookException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** The failover of step 2 as its route says it; that stores really fail so is proven end to end. */
@Tag("quick")
@InHarness
class DownloadBackupRouteTest {

    private final List<String> calls = new ArrayList<>();
    private final Map<String, Integer> failuresLeft = new TreeMap<>();

    @Autowired
    private StepHarness step;

    @BeforeEach
    void givenTheRouteWithLegsThatCanFail() throws Exception {
        Legs legs = new Legs();
        step.begin(Map.of(), Map.of("downloadBackup", legs), "steps/2-download-backup.camel.yaml");
        step.camel().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                for (String store : List.of("r2", "b2", "local")) {
                    from("direct:fetch-from-" + store)
                            .routeId("fetch-from-" + store)
                            .routeConfigurationId("store-leg")
                            .setProperty("store", constant(store))
                            .bean(legs, "fetch");
                }
            }
        });
    }

    @Test
    void theFirstStoreThatHasAGoodCopyIsTheLastThatIsAsked() {
        failuresLeft.put("r2", 1);

        assertThat(send().getException()).isNull();

        assertThat(calls).containsExactly("start", "space", "r2", "failed r2", "b2");
    }

    @Test
    void whenAllHaveFailedTheNextOlderBackupIsTriedInTheSameOrder() {
        failuresLeft.putAll(Map.of("r2", 2, "b2", 1, "local", 1));

        assertThat(send().getException()).isNull();

        assertThat(calls)
                .containsExactly(
                        "start",
                        "space",
                        "r2",
                        "failed r2",
                        "b2",
                        "failed b2",
                        "local",
                        "failed local",
                        "older",
                        "space",
                        "r2",
                        "failed r2",
                        "b2");
    }

    @Test
    void whenNoOlderBackupIsLeftTheStepFailsWithTheCode() {
        failuresLeft.putAll(Map.of("r2", 9, "b2", 9, "local", 9));

        assertThat(send().getException()).isInstanceOf(RunbookException.class).hasMessage("nothing older");
        assertThat(calls.stream().filter("older"::equals)).hasSize(3);
    }

    private Exchange send() {
        return step.send("direct:download-backup");
    }

    /** Stands where the classes behind the route stand. */
    public final class Legs {

        public void start(Exchange exchange) {
            calls.add("start");
            exchange.setProperty("downloaded", false);
        }

        public void checkSpace() {
            calls.add("space");
        }

        public void fetch(Exchange exchange) {
            String store = exchange.getProperty("store", String.class);
            calls.add(store);
            if (failuresLeft.merge(store, -1, Integer::sum) >= 0) {
                throw new RunbookException("corrupt", store + " has no good copy");
            }
            exchange.setProperty("downloaded", true);
        }

        public void failed(Exchange exchange) {
            calls.add("failed " + exchange.getProperty("store"));
        }

        public void nextOlder() {
            calls.add("older");
            if (calls.stream().filter("older"::equals).count() == 3) {
                throw new RunbookException("no_store_left", "nothing older");
            }
        }
    }
}
