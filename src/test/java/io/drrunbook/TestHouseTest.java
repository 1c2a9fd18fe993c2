package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.OwnServers;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.S3Server;
import io.drrunbook.world.Servers;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.World;
import java.lang.reflect.AnnotatedElement;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/** The house of the tests: each class says what it needs, and takes the world that is there unless it says why not. */
@Tag("quick")
class TestHouseTest {

    private static final Set<String> KINDS = Set.of("quick", "world", "browser", "deploy");
    private static final Set<String> STARTS_OF_SERVERS = Set.of(
            World.class.getName() + ".start",
            PostgresCluster.class.getName() + ".start",
            S3Server.class.getName() + ".start",
            Servers.class.getName() + ".<init>");
    private static final String START_OF_A_SERVICE = ServiceProcess.class.getName() + ".<init>";

    /** Those that hand the servers out, and the programs beside the tests. */
    private static final Set<String> MAKERS = Set.of(
            World.class.getName(),
            Servers.class.getName(),
            "io.drrunbook.world.SharedWorld",
            "io.drrunbook.demo.Demo",
            "io.drrunbook.bench.Bench");

    private static JavaClasses house;

    @BeforeAll
    static void readTheHouse() throws Exception {
        Path tests = Path.of(TestHouseTest.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        house = ArchConfiguration.withThreadLocalScope(configuration -> {
            // Reading all libraries, too, takes seconds, and no rule asks for what they are made of.
            configuration.setResolveMissingDependenciesFromClassPath(false);
            return new ClassFileImporter().importPath(tests);
        });
    }

    @Test
    void everyClassWithTestsSaysWhatItNeeds() {
        assertThat(ofTheHouse())
                .filteredOn(TestHouseTest::hasTests)
                .hasSizeGreaterThan(40)
                .filteredOn(each -> Collections.disjoint(tags(each), KINDS))
                .isEmpty();
    }

    @Test
    void noClassMakesServersOfItsOwnWithoutSayingWhy() {
        assertThat(ofTheHouse()).filteredOn(TestHouseTest::isSilentMaker).isEmpty();
    }

    @Test
    void aReasonSaysSomething() {
        assertThat(ofTheHouse()).filteredOn(TestHouseTest::hasBlankReason).isEmpty();
    }

    @Test
    void whatIsQuickStartsNoServerAndNoServiceAlsoNotThroughOthers() {
        assertThat(ofTheHouse())
                .filteredOn(each -> tags(each).contains("quick"))
                .hasSizeGreaterThan(15)
                .filteredOn(TestHouseTest::isSlow)
                .isEmpty();
    }

    @Test
    void noTestOfAStepMakesACamelOfItsOwn() {
        assertThat(ofTheHouse())
                .filteredOn(each -> each.getPackageName().endsWith(".runbook"))
                .filteredOn(each -> withNested(each)
                        .flatMap(part -> part.getConstructorCallsFromSelf().stream())
                        .anyMatch(call -> call.getTargetOwner().getSimpleName().endsWith("CamelContext")))
                .as("the step harness has one for all")
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                MakesAWorld.class,
                MakesACluster.class,
                MakesAStore.class,
                MakesServers.class,
                MakesAWorldByReference.class,
                MakesAWorldAndSharesOne.class,
                SaysNothing.class
            })
    void theRuleFindsAClassThatMakesServersWithoutSayingWhy(Class<?> sample) {
        assertThat(isSilentMaker(house.get(sample))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(classes = {SaysWhy.class, SaysWhyItIsAlone.class})
    void theRuleLetsAClassPassThatSaysWhy(Class<?> sample) {
        assertThat(isSilentMaker(house.get(sample))).isFalse();
        assertThat(hasBlankReason(house.get(sample))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(classes = {SaysNothing.class, SaysNothingOfBeingAlone.class})
    void theRuleFindsABlankReason(Class<?> sample) {
        assertThat(hasBlankReason(house.get(sample))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            classes = {MakesACluster.class, StartsAService.class, StartsAServiceThroughAnother.class, QuickInWorld.class
            })
    void theRuleFindsAQuickClassThatIsNot(Class<?> sample) {
        assertThat(isSlow(house.get(sample))).isTrue();
    }

    @Test
    void theRuleFindsTestsThatSayNothing() {
        assertThat(hasTests(house.get(Untagged.class))).isTrue();
        assertThat(tags(house.get(Untagged.class))).isEmpty();
    }

    /** All outermost classes, without the samples below. */
    private static Stream<JavaClass> ofTheHouse() {
        return house.stream().filter(JavaClass::isTopLevelClass);
    }

    private static boolean hasTests(JavaClass type) {
        return withNested(type)
                .map(JavaClass::reflect)
                .flatMap(each -> Stream.<AnnotatedElement>concat(
                        ReflectionSupport.streamMethods(each, method -> true, HierarchyTraversalMode.TOP_DOWN),
                        ReflectionSupport.streamFields(each, field -> true, HierarchyTraversalMode.TOP_DOWN)))
                .anyMatch(member -> AnnotationSupport.isAnnotated(member, Testable.class));
    }

    private static Set<String> tags(JavaClass type) {
        return AnnotationSupport.findRepeatableAnnotations(type.reflect(), Tag.class).stream()
                .map(Tag::value)
                .collect(Collectors.toSet());
    }

    private static boolean isSilentMaker(JavaClass type) {
        return !MAKERS.contains(type.getName())
                && withNested(type)
                        .flatMap(each -> each.getAccessesFromSelf().stream())
                        .filter(access -> !access.getOriginOwner().equals(access.getTargetOwner()))
                        .anyMatch(access -> STARTS_OF_SERVERS.contains(target(access)))
                && reasons(type).allMatch(String::isBlank);
    }

    private static boolean hasBlankReason(JavaClass type) {
        return reasons(type).anyMatch(String::isBlank);
    }

    /** A class that shares the world of all has nothing to say. */
    private static Stream<String> reasons(JavaClass type) {
        Class<?> reflected = type.reflect();
        return Stream.concat(
                AnnotationSupport.findAnnotation(reflected, InWorld.class).map(InWorld::alone).stream()
                        .filter(reason -> !reason.isEmpty()),
                AnnotationSupport.findAnnotation(reflected, OwnServers.class).map(OwnServers::value).stream());
    }

    private static boolean isSlow(JavaClass type) {
        return !Collections.disjoint(tags(type), Set.of("world", "browser", "deploy"))
                || reachedFrom(type)
                        .anyMatch(target -> STARTS_OF_SERVERS.contains(target) || target.equals(START_OF_A_SERVICE));
    }

    /** What the code of a class calls, and what that calls, as long as it is code of the tests. */
    private static Stream<String> reachedFrom(JavaClass type) {
        Set<JavaMember> seen = new HashSet<>();
        Set<String> reached = new HashSet<>();
        Deque<JavaCodeUnit> next = new ArrayDeque<>();
        withNested(type).forEach(each -> next.addAll(each.getCodeUnits()));
        while (!next.isEmpty()) {
            JavaCodeUnit unit = next.pop();
            if (!seen.add(unit) || !house.contain(unit.getOwner().getName())) {
                continue;
            }
            for (JavaAccess<?> access : unit.getAccessesFromSelf()) {
                reached.add(target(access));
                access.getTarget()
                        .resolveMember()
                        .filter(JavaCodeUnit.class::isInstance)
                        .map(JavaCodeUnit.class::cast)
                        .ifPresent(next::push);
            }
        }
        return reached.stream();
    }

    private static String target(JavaAccess<?> access) {
        return access.getTargetOwner().getName() + "." + access.getTarget().getName();
    }

    private static Stream<JavaClass> withNested(JavaClass outermost) {
        return house.stream()
                .filter(each -> each.equals(outermost) || each.getName().startsWith(outermost.getName() + "$"))
                .filter(each -> !isSample(each) || isSample(outermost));
    }

    private static boolean isSample(JavaClass type) {
        return type.getName().startsWith(TestHouseTest.class.getName() + "$");
    }

    private static final class MakesAWorld {
        final Supplier<World> start = () -> World.start(1);
    }

    private static final class MakesACluster {
        PostgresCluster start() {
            return PostgresCluster.start();
        }
    }

    private static final class MakesAStore {
        S3Server start() {
            return S3Server.start("own");
        }
    }

    private static final class MakesServers {
        World start() {
            return World.on(new Servers());
        }
    }

    private static final class MakesAWorldByReference {
        final Function<Integer, World> start = World::start;
    }

    @InWorld
    private static final class MakesAWorldAndSharesOne {
        World start() {
            return World.start(1);
        }
    }

    @OwnServers(" ")
    private static final class SaysNothing {
        World start() {
            return World.start(1);
        }
    }

    @InWorld(alone = " ")
    private static final class SaysNothingOfBeingAlone {}

    @OwnServers("is what is tested")
    private static final class SaysWhy {
        PostgresCluster start() {
            return PostgresCluster.start();
        }
    }

    @InWorld(alone = "fills the disk")
    private static final class SaysWhyItIsAlone {
        PostgresCluster start() {
            return PostgresCluster.start();
        }
    }

    private static final class StartsAService {
        ServiceProcess start() {
            return new ServiceProcess(Path.of("service"), "");
        }
    }

    private static final class StartsAServiceThroughAnother {
        ServiceProcess start() {
            return new StartsAService().start();
        }
    }

    @InWorld
    private static final class QuickInWorld {}

    private static final class Untagged {
        @Test
        void says() {}
    }
}
