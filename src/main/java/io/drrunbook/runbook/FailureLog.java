package io.drrunbook.runbook;

import org.apache.camel.CamelContext;
import org.apache.camel.LoggingLevel;
import org.apache.camel.model.RedeliveryPolicyDefinition;
import org.apache.camel.model.errorhandler.DefaultErrorHandlerDefinition;
import org.apache.camel.spring.boot.CamelContextConfiguration;
import org.springframework.stereotype.Component;

/**
 * What a route that fails writes into the log: one line. Camel's own default is a stack trace and the message's way for
 * each route on the way, also when a failover or the next store handles it; who ends a run writes down why.
 */
@Component
class FailureLog implements CamelContextConfiguration {

    @Override
    public void beforeApplicationStart(CamelContext context) {
        RedeliveryPolicyDefinition policy = new RedeliveryPolicyDefinition();
        policy.setRetriesExhaustedLogLevel(LoggingLevel.WARN.name());
        policy.setLogStackTrace("false");
        policy.setLogRetryStackTrace("false");
        policy.setLogExhaustedMessageHistory("false");
        policy.setLogExhaustedMessageBody("false");
        policy.setLogHandled("false");
        DefaultErrorHandlerDefinition handler = new DefaultErrorHandlerDefinition();
        // The policy's level counts only where a route tries again.
        handler.setLevel(LoggingLevel.WARN.name());
        handler.setRedeliveryPolicy(policy);
        context.getCamelContextExtension().setErrorHandlerFactory(handler);
    }

    @Override
    public void afterApplicationStart(CamelContext context) {
        // Everything is set before the routes are made.
    }
}
