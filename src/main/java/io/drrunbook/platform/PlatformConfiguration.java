package io.drrunbook.platform;

import io.drrunbook.settings.DrSettings;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;

/** What the classes of this package find outside of it. */
@Configuration(proxyBeanMethods = false)
class PlatformConfiguration {

    private static final int RETRIES = 2;

    @Bean
    Surroundings surroundings() {
        return Surroundings.ofThisProcess();
    }

    /**
     * Client of the Kubernetes API, from the pod's service account or a kubeconfig; made when a run first needs it, so that
     * the service starts where there is no Kubernetes. Its own limits would wait for minutes: the loop of the route asks
     * again anyway.
     */
    @Bean
    @Lazy
    KubernetesClient kubernetesClient(DrSettings settings) {
        DrSettings.Rollout limits = settings.rollout();
        Config config = new ConfigBuilder(Config.autoConfigure(null))
                .withConnectionTimeout((int) limits.connectTimeout().toMillis())
                .withRequestTimeout((int) limits.answerTimeout().toMillis())
                .withRequestRetryBackoffLimit(RETRIES)
                .build();
        return new KubernetesClientBuilder().withConfig(config).build();
    }
}
