package io.drrunbook.settings;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Looks at what was written as a setting, before it becomes one: a name that is not known would be ignored, and a variable
 * that is not set would leave its own name behind as the value.
 */
final class SettingSources {

    private static final Logger LOG = LoggerFactory.getLogger(SettingSources.class);
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([^}:]*)");
    private static final ConfigurationPropertyName OURS = ConfigurationPropertyName.of("dr");

    /** What else of a configuration is this service's: its journal, login, port and certificate. */
    private static final List<ConfigurationPropertyName> LOOKED_AT = List.of(
            OURS,
            ConfigurationPropertyName.of("spring.datasource"),
            ConfigurationPropertyName.of("spring.security"),
            ConfigurationPropertyName.of("spring.ssl"),
            ConfigurationPropertyName.of("server"));

    private final ConfigurableEnvironment environment;
    private final SettingNames names = new SettingNames();

    SettingSources(ConfigurableEnvironment environment) {
        this.environment = environment;
    }

    /** @throws WrongSettingException that tells of all such settings */
    void check() {
        List<WrongSettingException> wrong = new ArrayList<>();
        Set<ConfigurationPropertyName> seen = new HashSet<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.from(environment.getPropertySources())) {
            boolean variables = isEnvironment(source);
            if (variables) {
                warnOfVariables((PropertySource<?>) source.getUnderlyingSource());
            }
            if (source instanceof IterableConfigurationPropertySource known) {
                known.stream()
                        .filter(name -> LOOKED_AT.stream().anyMatch(part -> part.isAncestorOf(name)))
                        .filter(seen::add)
                        .forEach(name -> check(name, known, variables, wrong));
            }
        }
        if (!wrong.isEmpty()) {
            throw WrongSettingException.all(wrong);
        }
    }

    private void check(
            ConfigurationPropertyName name,
            ConfigurationPropertySource source,
            boolean variable,
            List<WrongSettingException> wrong) {
        if (OURS.isAncestorOf(name) && !variable && !isOfTheJvm(source)) {
            names.nearest(name)
                    .ifPresent(right -> wrong.add(new WrongSettingException(name.toString(), "is no setting", right)));
        }
        ConfigurationProperty property = source.getConfigurationProperty(name);
        if (property != null && property.getValue() instanceof CharSequence value) {
            Matcher left = VARIABLE.matcher(environment.resolvePlaceholders(value.toString()));
            if (left.find()) {
                wrong.add(new WrongSettingException(
                        name.toString(),
                        "still holds ${" + left.group(1) + "}",
                        "there is no variable or setting " + left.group(1) + "; export it, or write the value itself"));
            }
        }
    }

    private void warnOfVariables(PropertySource<?> source) {
        if (source instanceof EnumerablePropertySource<?> listed) {
            for (String variable : listed.getPropertyNames()) {
                if (names.isMisspelt(variable)) {
                    LOG.warn("the environment variable {} is no setting and is ignored: is it misspelt?", variable);
                }
            }
        }
    }

    /** Its properties are also those of the command line and of tests. */
    private static boolean isOfTheJvm(ConfigurationPropertySource source) {
        return source.getUnderlyingSource() instanceof PropertySource<?> underlying
                && underlying.getName().equals(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME);
    }

    private static boolean isEnvironment(ConfigurationPropertySource source) {
        return source.getUnderlyingSource() instanceof PropertySource<?> underlying
                && underlying.getName().endsWith(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
    }
}
