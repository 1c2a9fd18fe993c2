package io.drrunbook.web;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.drrunbook.run.Journal;
import jakarta.servlet.http.HttpServletRequest;
import java.security.Principal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Writes down what was refused over HTTP. Somebody who is not logged in could fill the journal with it, so their refusals
 * are written once a minute for each address and code.
 */
@Component
public class Refusals {

    private static final int REMEMBERED = 10_000;
    private static final int LONGEST_PATH = 200;
    private static final String NOBODY = "nobody";

    private final Journal journal;
    private final Cache<String, Boolean> seen = Caffeine.newBuilder()
            .maximumSize(REMEMBERED)
            .expireAfterWrite(Duration.ofMinutes(1))
            .build();

    Refusals(Journal journal) {
        this.journal = journal;
    }

    /** Writes down that a request was refused. */
    public void note(HttpServletRequest request, String code, @Nullable String message) {
        Principal user = request.getUserPrincipal();
        String by = user == null ? NOBODY : user.getName();
        String address = request.getRemoteAddr();
        if (user == null && seen.asMap().putIfAbsent(address + " " + code, true) != null) {
            return;
        }
        String path = request.getRequestURI();
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("by", by);
        content.put("address", address);
        content.put("request", request.getMethod() + " " + path.substring(0, Math.min(path.length(), LONGEST_PATH)));
        content.put("code", code);
        content.put("message", message);
        journal.event(null, "refused", content);
    }
}
