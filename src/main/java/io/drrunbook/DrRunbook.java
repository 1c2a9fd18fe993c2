package io.drrunbook;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/**
 * The service: loads the runbook from {@code routes/} and runs it when asked. What Spring Boot and Camel would configure by
 * themselves and nobody here uses is left out, since each takes its share of every start.
 */
@SpringBootApplication(
        excludeName = {
            "org.apache.camel.model.rest.springboot.RestConfigurationDefinitionAutoConfiguration",
            "org.apache.camel.spring.boot.actuate.info.CamelInfoAutoConfiguration",
            "org.apache.camel.spring.boot.cloud.CamelCloudAutoConfiguration",
            "org.apache.camel.spring.boot.cloud.CamelCloudServiceCallConfigurationAutoConfiguration",
            "org.apache.camel.spring.boot.cloud.CamelCloudServiceChooserAutoConfiguration",
            "org.apache.camel.spring.boot.cloud.CamelCloudServiceDiscoveryAutoConfiguration",
            "org.apache.camel.spring.boot.cloud.CamelCloudServiceFilterAutoConfiguration",
            "org.apache.camel.spring.boot.security.CamelSSLAutoConfiguration",
            "org.apache.camel.spring.boot.threadpool.CamelThreadPoolAutoConfiguration",
            "org.apache.camel.spring.boot.trace.CamelTraceAutoConfiguration",
            "org.apache.camel.spring.boot.vault.AwsVaultAutoConfiguration",
            "org.apache.camel.spring.boot.vault.AzureVaultAutoConfiguration",
            "org.apache.camel.spring.boot.vault.CyberArkVaultAutoConfiguration",
            "org.apache.camel.spring.boot.vault.GcpVaultAutoConfiguration",
            "org.apache.camel.spring.boot.vault.HashicorpVaultAutoConfiguration",
            "org.apache.camel.spring.boot.vault.IBMVaultAutoConfiguration",
            "org.apache.camel.spring.boot.vault.KubernetesConfigMapVaultAutoConfiguration",
            "org.apache.camel.spring.boot.vault.KubernetesVaultAutoConfiguration",
            "org.springframework.boot.actuate.autoconfigure.metrics.integration.IntegrationMetricsAutoConfiguration",
            "org.springframework.boot.actuate.autoconfigure.metrics.startup.StartupTimeMetricsListenerAutoConfiguration",
            "org.springframework.boot.actuate.autoconfigure.metrics.task.TaskExecutorMetricsAutoConfiguration",
            "org.springframework.boot.actuate.autoconfigure.observation.web.client.HttpClientObservationsAutoConfiguration",
            "org.springframework.boot.actuate.autoconfigure.scheduling.ScheduledTasksObservabilityAutoConfiguration",
            "org.springframework.boot.autoconfigure.http.client.HttpClientAutoConfiguration",
            "org.springframework.boot.autoconfigure.netty.NettyAutoConfiguration",
            "org.springframework.boot.autoconfigure.sql.init.SqlInitializationAutoConfiguration",
            "org.springframework.boot.autoconfigure.task.TaskSchedulingAutoConfiguration",
            "org.springframework.boot.autoconfigure.web.client.RestClientAutoConfiguration",
            "org.springframework.boot.autoconfigure.web.client.RestTemplateAutoConfiguration",
            "org.springframework.boot.autoconfigure.web.servlet.MultipartAutoConfiguration",
            "org.springframework.boot.autoconfigure.websocket.servlet.WebSocketServletAutoConfiguration"
        })
@ConfigurationPropertiesScan
public class DrRunbook {

    public static void main(String[] arguments) {
        SpringApplication.run(DrRunbook.class, arguments);
    }
}
