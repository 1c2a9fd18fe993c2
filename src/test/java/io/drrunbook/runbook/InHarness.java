package io.drrunbook.runbook;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.apache.camel.test.spring.junit5.CamelSpringBootTest;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;

/**
 * A test of single routes in the {@link StepHarness}, which it has injected. All such classes share one Spring and one
 * Camel context, whose settings and routes each test begins anew.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@CamelSpringBootTest
@SpringBootTest(
        classes = StepHarness.Beans.class,
        webEnvironment = WebEnvironment.NONE,
        properties = {
            // The harness loads the files that a test names.
            "camel.main.routes-collector-enabled=false",
            "camel.main.jmx-management-enabled=false",
            // Camel would make a client of Kubernetes for each test, whether its routes use one or not.
            "camel.main.autowired-enabled=false",
            "dr.rollout.interval=20",
            "dr.housekeeping.schedule=0 0 4 1 1 ? 2099"
        })
@interface InHarness {}
