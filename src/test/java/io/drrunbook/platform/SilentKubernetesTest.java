package io.drrunbook.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** An API server that takes the connection and says nothing. */
@Timeout(20)
@Tag("quick")
class SilentKubernetesTest {

    private ServerSocket silent;
    private KubernetesClient client;
    private Deployments deployments;

    @BeforeEach
    void listen() throws IOException {
        silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        String before = System.getProperty(Config.KUBERNETES_MASTER_SYSTEM_PROPERTY);
        System.setProperty(Config.KUBERNETES_MASTER_SYSTEM_PROPERTY, "http://127.0.0.1:" + silent.getLocalPort());
        try {
            client = new PlatformConfiguration()
                    .kubernetesClient(
                            new Binder(new MapConfigurationPropertySource(Map.of("dr.rollout.answer-timeout", "300ms")))
                                    .bindOrCreate("dr", DrSettings.class));
        } finally {
            if (before == null) {
                System.clearProperty(Config.KUBERNETES_MASTER_SYSTEM_PROPERTY);
            } else {
                System.setProperty(Config.KUBERNETES_MASTER_SYSTEM_PROPERTY, before);
            }
        }
        deployments = new Deployments(client, Surroundings.ofThisProcess());
    }

    @AfterEach
    void close() throws IOException {
        client.close();
        silent.close();
    }

    @Test
    void restartingADeploymentIsGivenUpWithinTheLimit() {
        gaveUp(() -> deployments.restart("shop", "web"));
    }

    @Test
    void askingForPermissionIsGivenUpWithinTheLimit() {
        gaveUp(() -> deployments.requirePermission("shop", "web"));
    }

    private static void gaveUp(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        RunbookException.class,
                        failure -> assertThat(failure.code()).isEqualTo("kubernetes_refused"))
                .hasMessageContaining("Look at the API server");
    }
}
