package io.drrunbook.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@OwnServers("a server that starts, is killed and leaves nothing is what is tested")
class PostgresClusterTest {

    @Test
    void twoShopsAreEqualUntilOneValueInOneRowChanges(@TempDir Path directory) {
        Path files;
        try (PostgresCluster cluster = PostgresCluster.start()) {
            files = cluster.dataDirectory();
            cluster.createShop("shop");
            cluster.createShop("other");
            assertThat(cluster.content("other")).isEqualTo(cluster.content("shop"));

            cluster.execute("other", "UPDATE sales.order_lines SET quantity = 8 WHERE order_id = 7 AND line = 1");
            assertThat(cluster.content("other")).isNotEqualTo(cluster.content("shop"));

            cluster.kill();
            cluster.restart();
            cluster.dumpCustom("shop", directory.resolve("shop.dump"));
            assertThat(directory.resolve("shop.dump")).isNotEmptyFile();
        }
        assertThat(Files.exists(files)).isFalse();
    }
}
