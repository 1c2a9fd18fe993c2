package io.drrunbook.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.yaml.snakeyaml.Yaml;

/** The Kubernetes objects of a folder that kustomize applies. */
final class Manifests {

    static final Path FOLDER = Path.of("deploy/kubernetes");

    private static final ObjectMapper JSON = new ObjectMapper();

    private Manifests() {}

    /** All objects, in the order in which the kustomization lists their files. */
    static List<JsonNode> all() {
        List<JsonNode> objects = new ArrayList<>();
        resources().forEach(file -> objects.addAll(documents(FOLDER.resolve(file))));
        return objects;
    }

    /** The file names that the kustomization lists. */
    static List<String> resources() {
        return texts(documents(FOLDER.resolve("kustomization.yaml")).get(0).get("resources"));
    }

    /** The one object of that kind. */
    static JsonNode one(String kind) {
        List<JsonNode> found = all().stream()
                .filter(object -> object.path("kind").asText().equals(kind))
                .toList();
        if (found.size() != 1) {
            throw new AssertionError(found.size() + " objects of kind " + kind + " instead of one");
        }
        return found.get(0);
    }

    /** Each document of a YAML file, as JSON. */
    static List<JsonNode> documents(Path file) {
        try {
            List<JsonNode> documents = new ArrayList<>();
            new Yaml().loadAll(Files.readString(file)).forEach(each -> documents.add(JSON.valueToTree(each)));
            return documents;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<String> texts(JsonNode array) {
        return elements(array).map(JsonNode::asText).toList();
    }

    static Stream<JsonNode> elements(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }
}
