package io.drrunbook.run;

import java.util.Locale;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.jdbc.DataSourceProperties;
import org.springframework.stereotype.Component;

/** H2 keeps no trace file beside the journal, also when somebody's own address of the journal does not say so. */
@Component
class QuietJournal implements BeanPostProcessor {

    private static final String SETTING = "TRACE_LEVEL_FILE";

    @Override
    public Object postProcessBeforeInitialization(Object bean, String name) {
        if (bean instanceof DataSourceProperties properties && properties.getUrl() != null) {
            properties.setUrl(quiet(properties.getUrl()));
        }
        return bean;
    }

    /** That address, without a trace file unless it asks for one itself. */
    static String quiet(String url) {
        boolean embedded =
                url.startsWith("jdbc:h2:") && !url.startsWith("jdbc:h2:tcp:") && !url.startsWith("jdbc:h2:ssl:");
        return !embedded || url.toUpperCase(Locale.ROOT).contains(SETTING + "=") ? url : url + ";" + SETTING + "=0";
    }
}
