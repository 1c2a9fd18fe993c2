package io.drrunbook;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/** The service: loads the runbook from {@code routes/} and runs it when asked. */
@SpringBootApplication
@ConfigurationPropertiesScan
public class DrRunbook {

    public static void main(String[] arguments) {
        SpringApplication.run(DrRunbook.class, arguments);
    }
}
