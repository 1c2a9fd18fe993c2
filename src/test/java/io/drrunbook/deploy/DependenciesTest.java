package io.drrunbook.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is in the service's jar, by the bill of materials that the build has made of it. */
@Tag("quick")
class DependenciesTest {

    private static final Path BILL = Path.of("target/classes/META-INF/sbom/application.cdx.json");

    /** What nobody needs here and an intruder would like: it runs scripts, commands or style sheets, or calls out. */
    private static final Pattern FORBIDDEN = Pattern.compile(
            "camel-(xslt|xpath|language|controlbus|dataset|mock|stub|seda|saga|rest|validator|scheduler|groovy|jython|mvel|ognl"
                    + "|spel|script|ssh|docker|jms|sql|jdbc|ftp|netty|servlet|jetty|undertow|platform-http|jackson|velocity"
                    + "|freemarker|debug|jmx|mina|coap|pqc)(-starter)?|openshift-.*|jolokia-(agent-.*|service-jsr160|service-discovery"
                    + "|service-notif-.*|client-.*)|c3p0|mchange-commons-java|commons-logging|log4j-core|commons-collections"
                    + "|groovy.*|snakeyaml-engine-kmp|h2-mvstore|xalan|xercesImpl|spring-boot-devtools");

    private static final Set<String> LICENCES = Set.of(
            "Apache-2.0",
            "MIT",
            "MIT-0",
            "BSD-2-Clause",
            "BSD-3-Clause",
            "BSD-4-Clause",
            "ISC",
            "CC0-1.0",
            "EPL 1.0",
            "EPL-2.0",
            "MPL-2.0",
            "Bouncy Castle Licence");

    /** Says its licence only in a parent's parent, where the bill does not look: Apache-2.0 or EPL-2.0, as all of Vert.x. */
    private static final Set<String> SILENT = Set.of("vertx-web-client");

    /** One of several licences is enough: these are offered under the GPL as well. */
    private static final Set<String> BESIDE = Set.of("GPL-2.0-with-classpath-exception", "LGPL-2.1-only", "EPL-1.0");

    private static List<JsonNode> components;

    @BeforeAll
    static void read() throws IOException {
        components = new ArrayList<>();
        new ObjectMapper().readTree(BILL.toFile()).get("components").forEach(components::add);
        assertThat(components).hasSizeGreaterThan(100);
    }

    @Test
    void noJarComesInThatNobodyNeedsAndAnIntruderWouldLike() {
        assertThat(components)
                .extracting(component -> component.get("name").asText())
                .noneMatch(name -> FORBIDDEN.matcher(name).matches());
    }

    @Test
    void everyJarHasALicenceThatTheHouseTakes() {
        TreeMap<String, Set<String>> others = new TreeMap<>();
        for (JsonNode component : components) {
            Set<String> licences = licences(component);
            if (SILENT.contains(component.get("name").asText())) {
                continue;
            }
            if (licences.stream().noneMatch(LICENCES::contains)
                    || licences.stream().anyMatch(one -> !LICENCES.contains(one) && !BESIDE.contains(one))) {
                others.put(component.get("name").asText(), licences);
            }
        }
        assertThat(others).isEmpty();
    }

    @Test
    void allJarsOfOneProjectHaveOneVersion() {
        for (String group : List.of("org.bouncycastle", "org.apache.tomcat.embed", "io.vertx", "org.apache.camel")) {
            Set<String> versions = new TreeSet<>();
            components.stream()
                    .filter(component -> component.path("group").asText().equals(group))
                    .forEach(component -> versions.add(component.get("version").asText()));
            assertThat(versions).as(group).hasSize(1);
        }
    }

    private static Set<String> licences(JsonNode component) {
        Set<String> licences = new TreeSet<>();
        component.path("licenses").forEach(each -> {
            JsonNode licence = each.path("license");
            licences.add(
                    each.hasNonNull("expression")
                            ? each.get("expression").asText()
                            : licence.path("id").asText(licence.path("name").asText()));
        });
        return licences;
    }
}
