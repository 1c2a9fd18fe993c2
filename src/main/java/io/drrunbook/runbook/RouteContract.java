package io.drrunbook.runbook;

import io.drrunbook.backup.Stores;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.settings.Spelling;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.model.BeanDefinition;
import org.apache.camel.model.HasExpressionType;
import org.apache.camel.model.LogDefinition;
import org.apache.camel.model.Model;
import org.apache.camel.model.OptionalIdentifiedDefinition;
import org.apache.camel.model.ProcessorDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteConfigurationDefinition;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.SendDefinition;
import org.apache.camel.model.SetPropertyDefinition;
import org.apache.camel.model.ToDynamicDefinition;
import org.apache.camel.model.language.ExpressionDefinition;
import org.apache.camel.model.language.MethodCallExpression;
import org.apache.camel.spring.boot.CamelContextConfiguration;
import org.apache.camel.support.LifecycleStrategySupport;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.stereotype.Component;

/**
 * What the routes and Java owe each other, by name: a route that somebody calls is there, so are the beans and methods that a
 * route calls, the route configurations that it uses, and something sets each exchange property that is read. Camel itself
 * notices most of it only when an exchange comes by: a call to a route that is not there waits for 30 s, in the middle of a
 * recovery, and a misspelt property is silently empty.
 *
 * <p>Looked at when the routes have been read and before any of them is started; everything that is wrong is told at once.
 */
@Component
class RouteContract implements CamelContextConfiguration {

    /** Routes that Java calls and no other route names. */
    static final Set<String> CALLED_BY_JAVA = Set.of(
            "complete-backup",
            "give-up-run",
            "list-backups",
            "rollback",
            "run-the-runbook",
            "send-by-email",
            "send-by-sms",
            "send-by-webhook",
            "start-drill",
            "start-plan",
            "start-recovery",
            "start-scheduled-backup",
            "start-scheduled-drill",
            "take-backup");

    /** Routes that Java calls for each store, with its name behind them. */
    static final Set<String> CALLED_BY_JAVA_FOR_EACH_STORE = Set.of("list-", "read-from-");

    /** Exchange properties that Java sets. */
    static final Set<String> SET_BY_JAVA = Set.of(
            ActiveRun.ENDED,
            ActiveRun.PROPERTY,
            "afterBackup",
            "attempts",
            "backup",
            "bytes",
            "candidate",
            "catalog",
            "compose",
            "copies",
            "damaged",
            "deletion",
            "downloaded",
            "drillFailure",
            "files",
            "from",
            "givenUpFor",
            "judgement",
            "lastKey",
            "look",
            "more",
            "plan",
            "reading",
            "rollout",
            "round",
            "store",
            "to",
            "traffic",
            "troubled");

    private static final String DIRECT = "direct:";
    private static final String CAMELS_OWN = "Camel";
    private static final double ALIKE = 0.4;
    private static final Pattern READ = Pattern.compile("exchangeProperty(?:As\\([^)]*\\))?[.\\[]([A-Za-z_][\\w-]*)");
    private static final Pattern BEAN_OF_AN_ENDPOINT = Pattern.compile("=#(?!class:)(?:bean:)?([\\w.-]+)");

    @Override
    public void beforeApplicationStart(CamelContext camel) {
        camel.addLifecycleStrategy(new LifecycleStrategySupport() {
            @Override
            public void onContextInitializing(CamelContext context) {
                check(context);
            }
        });
    }

    @Override
    public void afterApplicationStart(CamelContext camel) {
        // Everything was looked at before.
    }

    /** @throws RuntimeCamelException that names each file, line and name that does not fit */
    private static void check(CamelContext camel) {
        Model model = camel.getCamelContextExtension().getContextPlugin(Model.class);
        List<String> broken =
                new Check(camel, model.getRouteDefinitions(), model.getRouteConfigurationDefinitions()).broken();
        if (!broken.isEmpty()) {
            throw new RuntimeCamelException(String.join("; ", broken));
        }
    }

    /** One look at all routes. */
    private static final class Check {

        private final CamelContext camel;
        private final List<RouteDefinition> routes;
        private final Collection<ProcessorDefinition<?>> nodes;
        private final Set<String> configurations;
        private final Set<String> consumers;
        private final Set<String> set;
        private final List<String> broken = new ArrayList<>();

        private Check(
                CamelContext camel, List<RouteDefinition> routes, List<RouteConfigurationDefinition> configurations) {
            this.camel = camel;
            this.routes = routes;
            this.nodes = Stream.concat(
                            routes.stream().map(RouteDefinition::getOutputs),
                            configurations.stream()
                                    .flatMap(each -> each.getOnExceptions().stream())
                                    .map(ProcessorDefinition::getOutputs))
                    .flatMap(outputs -> nodes(outputs).stream())
                    .toList();
            this.configurations = configurations.stream()
                    .map(OptionalIdentifiedDefinition::getId)
                    .collect(Collectors.toSet());
            this.consumers = routes.stream()
                    .map(route -> route.getInput().getEndpointUri())
                    .filter(Check::isDirect)
                    .map(Check::nameOfDirect)
                    .collect(Collectors.toCollection(TreeSet::new));
            this.set = Stream.concat(
                            SET_BY_JAVA.stream(),
                            nodes.stream()
                                    .filter(SetPropertyDefinition.class::isInstance)
                                    .map(node -> ((SetPropertyDefinition) node).getName()))
                    .collect(Collectors.toSet());
        }

        private static boolean isDirect(String uri) {
            return uri.startsWith(DIRECT);
        }

        private static String nameOfDirect(String uri) {
            return uri.substring(DIRECT.length()).replaceFirst("^//", "").replaceFirst("\\?.*", "");
        }

        @SuppressWarnings("unchecked")
        private static Collection<ProcessorDefinition<?>> nodes(List<ProcessorDefinition<?>> outputs) {
            return (Collection<ProcessorDefinition<?>>)
                    (Collection<?>) ProcessorDefinitionHelper.filterTypeInOutputs(outputs, ProcessorDefinition.class);
        }

        List<String> broken() {
            CALLED_BY_JAVA.stream().sorted().forEach(name -> called("Java calls", name));
            for (String prefix : CALLED_BY_JAVA_FOR_EACH_STORE) {
                Stores.NAMES.forEach(store -> called("Java calls", prefix + store));
            }
            for (RouteDefinition route : routes) {
                String configuration = route.getRouteConfigurationId();
                if (configuration != null && !configurations.containsAll(List.of(configuration.split(",")))) {
                    wrong(route, "there is no route configuration '" + configuration + "'", configurations);
                }
            }
            for (ProcessorDefinition<?> node : nodes) {
                if (node instanceof SendDefinition<?> send) {
                    endpoint(node, send.getEndpointUri());
                } else if (node instanceof ToDynamicDefinition send) {
                    endpoint(node, send.getUri());
                } else if (node instanceof BeanDefinition bean) {
                    call(node, bean.getRef(), bean.getMethod());
                } else if (node instanceof LogDefinition log) {
                    reads(node, log.getMessage());
                } else if (node instanceof HasExpressionType having) {
                    expression(node, having.getExpressionType());
                }
            }
            return broken;
        }

        private void expression(ProcessorDefinition<?> node, @Nullable ExpressionDefinition expression) {
            if (expression instanceof MethodCallExpression call) {
                call(node, call.getRef(), call.getMethod());
            } else if (expression != null) {
                reads(node, expression.getExpression());
            }
        }

        private void endpoint(ProcessorDefinition<?> node, @Nullable String uri) {
            if (uri == null) {
                return;
            }
            reads(node, uri);
            Matcher bean = BEAN_OF_AN_ENDPOINT.matcher(uri);
            while (bean.find()) {
                if (camel.getRegistry().lookupByName(bean.group(1)) == null) {
                    wrong(node, "there is no bean '" + bean.group(1) + "' for " + uri, Set.of());
                }
            }
            if (isDirect(uri)) {
                direct(node, nameOfDirect(uri));
            }
        }

        /** One whose end comes with the exchange is there for every store when it is there for one. */
        private void direct(ProcessorDefinition<?> node, String name) {
            int open = name.indexOf("${");
            if (open < 0) {
                if (!consumers.contains(name)) {
                    wrong(node, "no route is called '" + DIRECT + name + "'", consumers, name);
                }
                return;
            }
            String prefix = name.substring(0, open);
            List<String> found =
                    consumers.stream().filter(each -> each.startsWith(prefix)).toList();
            if (found.isEmpty()) {
                wrong(node, "no route is called '" + DIRECT + prefix + "...'", consumers, prefix);
            } else if (Stores.NAMES.stream().anyMatch(store -> found.contains(prefix + store))) {
                Stores.NAMES.stream()
                        .filter(store -> !found.contains(prefix + store))
                        .forEach(
                                store -> wrong(node, "no route is called '" + DIRECT + prefix + store + "'", Set.of()));
            }
        }

        private void called(String who, String name) {
            if (!consumers.contains(name)) {
                broken.add(who + " '" + DIRECT + name + "', and no route is called so" + near(consumers, name));
            }
        }

        private void call(ProcessorDefinition<?> node, @Nullable String ref, @Nullable String method) {
            if (ref == null || ref.startsWith("#")) {
                return;
            }
            Object bean = camel.getRegistry().lookupByName(ref);
            if (bean == null) {
                wrong(node, "there is no bean '" + ref + "'", Set.of());
                return;
            }
            if (method == null) {
                return;
            }
            reads(node, method);
            String name = method.replaceFirst("\\(.*", "").strip();
            List<Method> all = List.of(AopUtils.getTargetClass(bean).getMethods());
            List<Method> meant =
                    all.stream().filter(each -> each.getName().equals(name)).toList();
            if (meant.isEmpty()) {
                wrong(
                        node,
                        "the bean '" + ref + "' has no method '" + name + "'",
                        all.stream().map(Method::getName).collect(Collectors.toSet()),
                        name);
            } else if (meant.size() == 1) {
                for (Parameter parameter : meant.get(0).getParameters()) {
                    ExchangeProperty property = parameter.getAnnotation(ExchangeProperty.class);
                    if (property != null) {
                        read(node, property.value(), " that " + ref + "." + name + " reads");
                    }
                }
            }
        }

        private void reads(ProcessorDefinition<?> node, @Nullable String text) {
            Matcher read = READ.matcher(text == null ? "" : text);
            while (read.find()) {
                read(node, read.group(1), "");
            }
        }

        private void read(ProcessorDefinition<?> node, String property, String by) {
            if (!property.startsWith(CAMELS_OWN) && !set.contains(property)) {
                wrong(node, "nothing sets the exchange property '" + property + "'" + by, set, property);
            }
        }

        private void wrong(OptionalIdentifiedDefinition<?> where, String what, Collection<String> right) {
            wrong(where, what, right, "");
        }

        private void wrong(OptionalIdentifiedDefinition<?> where, String what, Collection<String> right, String wrong) {
            String file = where.getLocation() == null ? "" : where.getLocation().replaceFirst("^file:", "");
            broken.add(file + ", line " + where.getLineNumber() + ": " + what + near(right, wrong));
        }

        /** What was meant, when a name is close to it. */
        private static String near(Collection<String> right, String wrong) {
            return Spelling.nearest(right, wrong)
                    .filter(name -> Spelling.difference(name, wrong) < ALIKE)
                    .map(name -> " (is '" + name + "' meant?)")
                    .orElse("");
        }
    }
}
