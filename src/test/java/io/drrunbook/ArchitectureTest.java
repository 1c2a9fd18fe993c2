package io.drrunbook;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.drrunbook.tool.ChildProcess;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.quartz.Scheduler;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

/** The house as code: imports run one way. */
@Tag("quick")
@AnalyzeClasses(packages = "io.drrunbook", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule IMPORTS_RUN_ONE_WAY = layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("io.drrunbook..")
            .layer("client")
            .definedBy("..client..")
            .layer("web")
            .definedBy("..web..")
            .layer("alert")
            .definedBy("..alert..")
            .layer("readiness")
            .definedBy("..readiness..")
            .layer("retention")
            .definedBy("..retention..")
            .layer("runbook")
            .definedBy("..runbook..")
            .layer("audit")
            .definedBy("..audit..")
            .layer("run")
            .definedBy("..run..")
            .layer("backup")
            .definedBy("..backup..")
            .layer("postgres")
            .definedBy("..postgres..")
            .layer("platform")
            .definedBy("..platform..")
            .layer("crypto")
            .definedBy("..crypto..")
            .layer("tool")
            .definedBy("..tool..")
            .layer("failure")
            .definedBy("..failure..")
            .layer("figures")
            .definedBy("..figures..")
            .whereLayer("client")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("client")
            .mayOnlyAccessLayers("failure", "figures")
            .whereLayer("web")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("runbook")
            .mayOnlyBeAccessedByLayers("web")
            .whereLayer("retention")
            .mayOnlyBeAccessedByLayers("web")
            .whereLayer("alert")
            .mayOnlyBeAccessedByLayers("web")
            .whereLayer("readiness")
            .mayOnlyBeAccessedByLayers("web", "alert", "runbook")
            .whereLayer("audit")
            .mayOnlyBeAccessedByLayers("web", "alert")
            .whereLayer("run")
            .mayOnlyBeAccessedByLayers("web", "alert", "readiness", "runbook", "audit", "retention")
            .whereLayer("backup")
            .mayOnlyBeAccessedByLayers("web", "alert", "readiness", "runbook", "audit", "run", "retention")
            .whereLayer("postgres")
            .mayOnlyBeAccessedByLayers("runbook", "run", "readiness")
            .whereLayer("platform")
            .mayOnlyBeAccessedByLayers("runbook", "run")
            .whereLayer("crypto")
            .mayOnlyBeAccessedByLayers("runbook", "readiness", "backup", "postgres")
            .whereLayer("tool")
            .mayOnlyBeAccessedByLayers("runbook", "postgres", "platform");

    @ArchTest
    static final ArchRule NO_PACKAGES_IN_A_CIRCLE =
            slices().matching("io.drrunbook.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule NAMES_SAY_SOMETHING = classes()
            .should()
            .haveSimpleNameNotEndingWith("Manager")
            .andShould()
            .haveSimpleNameNotEndingWith("Helper")
            .andShould()
            .haveSimpleNameNotEndingWith("Util")
            .andShould()
            .haveSimpleNameNotEndingWith("Utils")
            .andShould()
            .haveSimpleNameNotEndingWith("Impl")
            .andShould()
            .haveSimpleNameNotEndingWith("Data")
            .andShould()
            .haveSimpleNameNotEndingWith("Info");

    @ArchTest
    static final ArchRule PROGRAMS_GET_AN_ENVIRONMENT_MADE_FOR_THEM = noClasses()
            .that()
            .doNotBelongToAnyOf(ChildProcess.class)
            .should()
            .callConstructor(ProcessBuilder.class, List.class)
            .orShould()
            .callConstructor(ProcessBuilder.class, String[].class);

    @ArchTest
    static final ArchRule CONSTRUCTOR_INJECTION_ONLY =
            noClasses().should().dependOnClassesThat().areAssignableTo(Autowired.class);

    /** Without one Quartz locks nothing, and who looks or is killed in the middle finds half of a trigger. */
    @ArchTest
    static final ArchRule QUARTZ_IS_CHANGED_IN_A_TRANSACTION = methods()
            .that(new DescribedPredicate<JavaMethod>("change what Quartz has to do") {
                @Override
                public boolean test(JavaMethod method) {
                    return method.getMethodCallsFromSelf().stream()
                            .anyMatch(call -> call.getTargetOwner().isEquivalentTo(Scheduler.class)
                                    && CHANGES.contains(call.getName()));
                }
            })
            .should(new ArchCondition<JavaMethod>("be transactional, or belong to a class with a TransactionTemplate") {
                @Override
                public void check(JavaMethod method, ConditionEvents events) {
                    boolean safe = method.isAnnotatedWith(Transactional.class)
                            || method.getOwner().getFields().stream()
                                    .anyMatch(field -> field.getRawType().isEquivalentTo(TransactionTemplate.class));
                    events.add(new SimpleConditionEvent(method, safe, method.getFullName()));
                }
            });

    private static final Set<String> CHANGES = Set.of(
            "addJob",
            "deleteJob",
            "scheduleJob",
            "rescheduleJob",
            "unscheduleJob",
            "triggerJob",
            "resetTriggerFromErrorState");
}
