package io.drrunbook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** How a plan speaks to the database server. */
@InWorld
class DatabaseServerTest {

    @Test
    void whatIsOpenedForReadingRefusesEverythingThatWrites(PostgresCluster cluster) {
        cluster.execute("postgres", "CREATE DATABASE shop");
        cluster.execute("shop", "CREATE TABLE orders (id int)");
        DatabaseServer server =
                new DatabaseServer(DatabaseSettings.of(cluster, "shop", Map.of()), UUID.randomUUID()).readOnly();

        assertThat(server.version()).isNotBlank();
        for (String sql : List.of(
                "CREATE DATABASE other",
                "DROP DATABASE shop",
                "ALTER DATABASE shop ALLOW_CONNECTIONS false",
                "CREATE ROLE somebody",
                "CREATE TABLE t (id int)")) {
            assertThatThrownBy(() -> server.maintenance().execute(sql))
                    .as(sql)
                    .hasMessageContaining("read-only transaction");
        }
        assertThatThrownBy(() -> server.in("shop").execute("INSERT INTO public.orders VALUES (1)"))
                .hasMessageContaining("read-only transaction");
    }
}
