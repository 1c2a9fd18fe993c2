package io.drrunbook.platform;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.core5.util.Timeout;
import org.springframework.stereotype.Component;

/**
 * Makes camel-http do one request for one call, and end it when its response time-out is over. By itself HttpClient
 * repeats what was answered 503 or 429, and its response time-out starts anew with each byte that comes.
 */
@Component("singleCall")
class SingleCall implements HttpClientConfigurer {

    @Override
    public void configureHttpClient(HttpClientBuilder builder) {
        builder.disableAutomaticRetries();
        builder.disableCookieManagement();
        builder.addExecInterceptorFirst("whole-call-limit", (request, scope, chain) -> {
            Timeout limit = scope.clientContext.getRequestConfigOrDefault().getResponseTimeout();
            // Not stopped when the head of the answer is here: its body has the same limit. Without effect after that.
            CompletableFuture.delayedExecutor(limit.toMilliseconds(), TimeUnit.MILLISECONDS)
                    .execute(scope.execRuntime::discardEndpoint);
            return chain.proceed(request, scope);
        });
    }
}
