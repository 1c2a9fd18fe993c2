package io.drrunbook.postgres;

import io.drrunbook.settings.DrSettings;
import io.drrunbook.world.PostgresCluster;
import java.util.HashMap;
import java.util.Map;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Settings of a database, as they are bound from a file. */
final class DatabaseSettings {

    private DatabaseSettings() {}

    /** @param more keys of {@code database}, on top of what leads to that cluster as its superuser */
    static DrSettings.Database of(PostgresCluster cluster, String name, Map<String, Object> more) {
        Map<String, Object> values = new HashMap<>(Map.of(
                "host", cluster.host(),
                "port", cluster.port(),
                "name", name,
                "username", cluster.username(),
                "password", cluster.password()));
        values.putAll(more);
        return new Binder(new MapConfigurationPropertySource(values)).bindOrCreate("", DrSettings.Database.class);
    }
}
