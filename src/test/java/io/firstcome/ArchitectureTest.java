package io.firstcome;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.quarkus.hibernate.reactive.panache.PanacheEntityBase;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import org.junit.jupiter.api.Test;

/** The rooms of docs/architecture.md, and who may use whom. */
class ArchitectureTest {

  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.firstcome");

  @Test
  void roomsUseOnlyWhatTheyMay() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("web")
        .definedBy("io.firstcome.web..")
        .layer("metrics")
        .definedBy("io.firstcome.metrics..")
        .layer("redis")
        .definedBy("io.firstcome.redis..")
        .layer("limit")
        .definedBy("io.firstcome.limit..")
        .layer("ledger")
        .definedBy("io.firstcome.ledger..")
        .layer("audit")
        .definedBy("io.firstcome.audit..")
        .layer("erasure")
        .definedBy("io.firstcome.erasure..")
        .layer("live")
        .definedBy("io.firstcome.live..")
        .layer("coupon")
        .definedBy("io.firstcome.coupon..")
        .layer("stock")
        .definedBy("io.firstcome.stock..")
        .whereLayer("web")
        .mayNotAccessAnyLayer()
        .whereLayer("metrics")
        .mayNotAccessAnyLayer()
        .whereLayer("redis")
        .mayOnlyAccessLayers("web", "metrics")
        .whereLayer("limit")
        .mayOnlyAccessLayers("redis", "web")
        .whereLayer("ledger")
        .mayOnlyAccessLayers("redis", "web", "metrics")
        .whereLayer("audit")
        .mayOnlyAccessLayers("ledger", "redis", "web", "metrics")
        // Whoever is erased is looked for in all ledgers' dead letters too.
        .whereLayer("erasure")
        .mayOnlyAccessLayers("ledger", "redis", "web")
        .whereLayer("live")
        .mayOnlyAccessLayers("limit", "web")
        .whereLayer("coupon")
        .mayOnlyAccessLayers(
            "live", "limit", "audit", "erasure", "ledger", "redis", "web", "metrics")
        .whereLayer("stock")
        .mayOnlyAccessLayers(
            "live", "limit", "audit", "erasure", "ledger", "redis", "web", "metrics")
        .check(classes);
  }

  @Test
  void roomsDoNotGoInCircles() {
    slices().matching("io.firstcome.(*)..").should().beFreeOfCycles().check(classes);
  }

  @Test
  void everyClassHasARoom() {
    noClasses().should().resideInAPackage("io.firstcome").check(classes);
  }

  @Test
  void nothingOfTheCouponRoomIsPublicButWhatTheApiShows() {
    classes()
        .that()
        .resideInAPackage("io.firstcome.coupon")
        .and()
        .areTopLevelClasses()
        .and()
        .doNotHaveSimpleName("Claim")
        .and()
        .doNotHaveSimpleName("CouponView")
        .and()
        .doNotHaveSimpleName("OnLoss")
        .should()
        .notBePublic()
        .check(classes);
  }

  @Test
  void nothingOfTheStockRoomIsPublicButWhatTheApiShows() {
    classes()
        .that()
        .resideInAPackage("io.firstcome.stock")
        .and()
        .areTopLevelClasses()
        .and()
        .doNotHaveSimpleName("Line")
        .and()
        .doNotHaveSimpleName("Strategy")
        .should()
        .notBePublic()
        .check(classes);
  }

  /**
   * Otherwise a method that returns a {@code Response} is called whatever the client accepts, and
   * its answer is what Java's {@code toString} makes of it, after the unit was spent.
   */
  @Test
  void everyResourceSaysWhatItProduces() {
    classes()
        .that()
        .areAnnotatedWith(Path.class)
        .should()
        .beAnnotatedWith(Produces.class)
        .check(classes);
  }

  @Test
  void entitiesStayInTheirRoom() {
    classes().that().areAssignableTo(PanacheEntityBase.class).should().notBePublic().check(classes);
  }
}
