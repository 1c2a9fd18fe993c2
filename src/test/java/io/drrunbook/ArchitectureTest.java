package io.drrunbook;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.drrunbook.tool.ChildProcess;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.springframework.beans.factory.annotation.Autowired;

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
}
