package io.drrunbook.settings;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.validation.Validator;

/** Has all settings looked at as soon as they are read, before anything is connected to. */
@Configuration(proxyBeanMethods = false)
class SettingsConfiguration {

    @Bean(EnableConfigurationProperties.VALIDATOR_BEAN_NAME)
    static Validator settingsCheck() {
        return new SettingsCheck();
    }
}
