package io.drrunbook.settings;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;

/** The names that settings below {@code dr.} have, read off {@link DrSettings}. */
final class SettingNames {

    /** Of the variables below {@code DR_}; those of other groups may be anybody's. */
    private static final String PREFIX = "DR_";

    private final Node root = Node.of(DrSettings.class);

    /** What would be right in place of a name that is not known; empty when it is. */
    Optional<String> nearest(ConfigurationPropertyName name) {
        Node node = root;
        StringBuilder known = new StringBuilder("dr");
        for (int i = 1; i < name.getNumberOfElements(); i++) {
            String element = name.getElement(i, Form.UNIFORM);
            if (node.anything()) {
                return Optional.empty();
            }
            Child child = node.child(element);
            if (child == null) {
                return Optional.of(
                        node.children().isEmpty()
                                ? known + " has nothing below it"
                                : "do you mean " + known + "." + node.nearest(element) + "?");
            }
            known.append(name.isNumericIndex(i) ? "[" : ".")
                    .append(node.any() == null ? child.name() : name.getElement(i, Form.ORIGINAL))
                    .append(name.isNumericIndex(i) ? "]" : "");
            node = child.node();
        }
        return Optional.empty();
    }

    /** Whether an environment variable means to be a setting, and is none: its first part is one of a setting's. */
    boolean isMisspelt(String variable) {
        if (!variable.startsWith(PREFIX)) {
            return false;
        }
        List<String> parts = Arrays.asList(
                variable.substring(PREFIX.length()).toLowerCase(Locale.ROOT).split("_"));
        return root.child(parts.get(0)) != null && !root.takes(parts);
    }

    private record Child(String name, Node node) {}

    /**
     * What may stand below a name.
     *
     * @param children by their uniform names
     * @param any whatever the name, as in a map or list
     */
    private record Node(
            Map<String, Child> children, @Nullable Child any, boolean anything) {

        static Node of(Type type) {
            if (type instanceof ParameterizedType generic) {
                Type[] arguments = generic.getActualTypeArguments();
                Node value = of(arguments[arguments.length - 1]);
                boolean freeMap =
                        generic.getRawType() == Map.class && value.children().isEmpty();
                return new Node(Map.of(), new Child("NAME", value), freeMap);
            }
            Map<String, Child> children = new LinkedHashMap<>();
            if (type instanceof Class<?> record && record.isRecord()) {
                for (RecordComponent component : record.getRecordComponents()) {
                    children.put(
                            component.getName().toLowerCase(Locale.ROOT),
                            new Child(
                                    DataObjectPropertyName.toDashedForm(component.getName()),
                                    of(component.getGenericType())));
                }
            }
            return new Node(children, null, false);
        }

        @Nullable
        Child child(String uniform) {
            return any != null ? any : children.get(uniform);
        }

        /** Variables have underscores where names have dots, dashes or nothing. */
        boolean takes(List<String> parts) {
            if (parts.isEmpty() || anything) {
                return true;
            }
            for (int n = 1; n <= parts.size(); n++) {
                Child child = child(String.join("", parts.subList(0, n)));
                if (child != null && child.node().takes(parts.subList(n, parts.size()))) {
                    return true;
                }
            }
            return false;
        }

        String nearest(String element) {
            List<Child> all = new ArrayList<>(children.values());
            return all.stream()
                    .min(Comparator.comparingDouble(
                            child -> Spelling.difference(child.name().replace("-", ""), element)))
                    .map(Child::name)
                    .orElse("");
        }
    }
}
