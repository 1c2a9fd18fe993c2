package io.drrunbook.settings;

import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.validation.Validator;

/** Has all settings looked at as soon as they are read, before anything is connected to. */
@Configuration(proxyBeanMethods = false)
class SettingsConfiguration {

    /** Before anything is bound: what is not known would not be, and what holds a variable's name would be taken for a value. */
    @Bean
    static BeanFactoryPostProcessor settingSources(ConfigurableEnvironment environment) {
        return beans -> new SettingSources(environment).check();
    }

    @Bean(EnableConfigurationProperties.VALIDATOR_BEAN_NAME)
    static Validator settingsCheck() {
        return new SettingsCheck();
    }
}
