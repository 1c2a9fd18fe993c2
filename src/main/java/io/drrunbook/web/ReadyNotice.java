package io.drrunbook.web;

import io.drrunbook.settings.DrSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Ends the log of a start with what a person who has started the service looks for. */
@Component
final class ReadyNotice {

    private static final Logger LOG = LoggerFactory.getLogger(ReadyNotice.class);

    private final DrSettings settings;
    private final Environment environment;
    private final ServletWebServerApplicationContext server;

    ReadyNotice(DrSettings settings, Environment environment, ServletWebServerApplicationContext server) {
        this.settings = settings;
        this.environment = environment;
        this.server = server;
    }

    @EventListener(ApplicationReadyEvent.class)
    void tell() {
        LOG.info("ready at {}", address());
        LOG.info(
                "applications: {}",
                settings.applications().isEmpty()
                        ? "none; write them into a file and start with ./dr serve --config FILE"
                        : String.join(", ", settings.applications().keySet()));
        Path password = AdminPassword.file(settings);
        if (settings.adminPassword().isBlank() && Files.exists(password)) {
            LOG.info("log in as {} with the password in {}", Users.ADMIN, password);
        }
    }

    private String address() {
        String scheme = environment.getProperty("server.ssl.enabled", Boolean.class, true) && hasCertificate()
                ? "https"
                : "http";
        return "%s://%s:%d/"
                .formatted(
                        scheme,
                        environment.getProperty("server.address", "localhost"),
                        server.getWebServer().getPort());
    }

    private boolean hasCertificate() {
        return environment.containsProperty("server.ssl.key-store")
                || environment.containsProperty("server.ssl.certificate")
                || environment.containsProperty("server.ssl.bundle");
    }
}
