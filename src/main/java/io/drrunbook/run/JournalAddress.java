package io.drrunbook.run;

import java.util.List;
import java.util.Locale;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.jdbc.DataSourceProperties;
import org.springframework.stereotype.Component;

/**
 * What an address of the journal must say, also when somebody's own does not: H2 keeps no trace file beside the journal, and a
 * PostgreSQL server that goes silent is given up, instead of holding every run.
 */
@Component
class JournalAddress implements BeanPostProcessor {

    private static final String TRACE = "TRACE_LEVEL_FILE";

    /** In seconds; as the driver's documentation has them. */
    private static final List<String> PATIENCE = List.of("connectTimeout=10", "socketTimeout=60", "tcpKeepAlive=true");

    @Override
    public Object postProcessBeforeInitialization(Object bean, String name) {
        if (bean instanceof DataSourceProperties properties && properties.getUrl() != null) {
            properties.setUrl(complete(properties.getUrl()));
        }
        return bean;
    }

    /** That address with what it does not say itself. */
    static String complete(String url) {
        if (url.startsWith("jdbc:postgresql:")) {
            return patient(url);
        }
        boolean embedded =
                url.startsWith("jdbc:h2:") && !url.startsWith("jdbc:h2:tcp:") && !url.startsWith("jdbc:h2:ssl:");
        return !embedded || url.toUpperCase(Locale.ROOT).contains(TRACE + "=") ? url : url + ";" + TRACE + "=0";
    }

    private static String patient(String url) {
        StringBuilder complete = new StringBuilder(url);
        for (String limit : PATIENCE) {
            String key = limit.substring(0, limit.indexOf('=') + 1);
            if (!url.contains("?" + key) && !url.contains("&" + key)) {
                complete.append(complete.indexOf("?") < 0 ? '?' : '&').append(limit);
            }
        }
        return complete.toString();
    }
}
