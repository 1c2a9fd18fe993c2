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

    /**
     * Under another encoding every letter beyond ASCII in a password, a name or a file becomes a question mark on its way to
     * PostgreSQL's tools, and what they then say leads astray.
     *
     * @param encoding of file names and of the arguments and environments of programs, which the JVM takes from the locale
     */
    static void requireUtf8(String encoding) {
        if (!encoding.equalsIgnoreCase("UTF-8")) {
            throw new WrongSettingException(
                    "LC_ALL",
                    "or LANG is no UTF-8 locale (the JVM makes it " + encoding + ")",
                    "start it with LC_ALL=C.UTF-8");
        }
    }

    @Bean(EnableConfigurationProperties.VALIDATOR_BEAN_NAME)
    static Validator settingsCheck() {
        requireUtf8(System.getProperty("sun.jnu.encoding", ""));
        return new SettingsCheck();
    }
}
