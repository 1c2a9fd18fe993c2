package io.drrunbook.web;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which paths everybody reads in the same way. */
@Tag("quick")
class PathGateTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/actuator/%6aolokia",
                "/actuator/%6Aolokia",
                "/%61ctuator/jolokia",
                "/actuator//jolokia",
                "//actuator/jolokia",
                "/actuator/jolokia//",
                "/actuator/jolokia;x",
                "/actuator;x=1/jolokia",
                "/actuator/jolokia;jsessionid=1/version",
                "/;/actuator/jolokia",
                "/assets/../actuator/jolokia",
                "/assets/%2e%2e/actuator/jolokia",
                "/assets/..;/actuator/jolokia",
                "/actuator/./jolokia",
                "/actuator/%2e/jolokia",
                "/actuator/jolokia/..",
                "/actuator/jolokia/.",
                "/actuator/jolokia.",
                "/actuator/jolokia../",
                "/actuator/%256aolokia",
                "/actuator%2fjolokia",
                "/actuator\\jolokia",
                "/actuator/%5cjolokia",
                "/actuator/jolokia%00",
                "/actuator/jolokia%20",
                "/actuator/jolokia ",
                "/actuator/jolokia\t",
                "/actuator/ｊolokia",
                "actuator/jolokia",
                "http://elsewhere/actuator/jolokia",
                "*",
                "",
            })
    void aPathThatSomebodyCouldReadInAnotherWayIsRefused(String path) {
        assertThat(PathGate.isPlain(path)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/actuator/jolokia",
                "/actuator/hawtio/",
                "/actuator/hawtio/static/js/main.cbde73c6.js",
                "/api/v1/runs/00000000-0000-0000-0000-000000000000/steps/5/acknowledge",
                "/login/oauth2/code/company",
                "/.well-known/security.txt",
                "/actuator/jolokia/exec/java.lang:type=Memory/gc",
            })
    void aPathOfTheServiceIsPlain(String path) {
        assertThat(PathGate.isPlain(path)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 100_000})
    void aLongPathIsReadInOnePass(int parts) {
        assertThat(PathGate.isPlain("/a".repeat(parts))).isTrue();
        assertThat(PathGate.isPlain("/a".repeat(parts) + "/" + ".".repeat(parts)))
                .isFalse();
    }
}
