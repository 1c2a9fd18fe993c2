package io.drrunbook.run;

import io.drrunbook.settings.DrSettings;
import io.drrunbook.settings.WrongSettingException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.postgresql.Driver;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.flyway.FlywayMigrationStrategy;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Makes the journal's tables, and refuses to make them in a database that the runbook replaces. */
@Configuration(proxyBeanMethods = false)
class JournalPlace {

    @Bean
    FlywayMigrationStrategy migrateOutsideOfWhatIsRestored(
            DrSettings settings, @Value("${spring.datasource.url}") String url) {
        return flyway -> {
            settings.applications().forEach((name, application) -> refuse(url, name, application.database()));
            flyway.migrate();
        };
    }

    /** @throws WrongSettingException when the journal is in that database */
    static void refuse(String url, String application, DrSettings.Database database) {
        if (!url.startsWith("jdbc:postgresql:")) {
            return;
        }
        Properties journal = Driver.parseURL(url, new Properties());
        if (journal == null || !database.name().equals(journal.getProperty("PGDBNAME"))) {
            return;
        }
        String[] hosts = journal.getProperty("PGHOST", "localhost").split(",");
        String[] ports = journal.getProperty("PGPORT", "5432").split(",");
        for (int i = 0; i < hosts.length; i++) {
            boolean samePort = ports[Math.min(i, ports.length - 1)].equals(Integer.toString(database.port()));
            if (samePort && sameHost(hosts[i], database.host())) {
                throw new WrongSettingException(
                        "spring.datasource.url",
                        "puts the journal into the database of " + application + ", which a recovery replaces",
                        "use another database, best on another server, or the default H2 file");
            }
        }
    }

    private static boolean sameHost(String one, String other) {
        return one.equalsIgnoreCase(other) || addresses(one).stream().anyMatch(addresses(other)::contains);
    }

    private static Set<String> addresses(String host) {
        try {
            return Arrays.stream(InetAddress.getAllByName(host))
                    .flatMap(address -> Stream.of(address.isLoopbackAddress() ? "loopback" : address.getHostAddress()))
                    .collect(Collectors.toSet());
        } catch (UnknownHostException e) {
            return Set.of(host);
        }
    }
}
