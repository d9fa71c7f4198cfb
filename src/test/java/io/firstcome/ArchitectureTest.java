package io.firstcome;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import io.firstcome.work.Caches;
import io.quarkus.hibernate.reactive.panache.PanacheRepositoryBase;
import jakarta.enterprise.event.Observes;
import jakarta.persistence.Entity;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Pattern;
import org.hibernate.reactive.mutiny.Mutiny;
import org.junit.jupiter.api.Test;

/** The rooms of docs/architecture.md, and who may use whom. */
class ArchitectureTest {

  private final JavaClasses classes = OurClasses.MAIN;

  /** In this order: each uses only those before it. */
  private static final List<String> ROOMS =
      List.of(
          "settings",
          "http.problem",
          "http.input",
          "http.identity",
          "http.edge",
          "http.openapi",
          "metrics",
          "work",
          "redis",
          "mysql",
          "ratelimit",
          "lock",
          "history",
          "ledger",
          "ledger.drain",
          "ledger.outbox",
          "live",
          "durability",
          "lifecycle",
          "eligibility",
          "pass",
          "decision",
          "recovery",
          "audit",
          "erasure",
          "coupon.model",
          "coupon.code",
          "coupon.script",
          "coupon.metrics",
          "coupon.hot",
          "coupon.recovery",
          "coupon.change",
          "coupon.audit",
          "coupon.definition",
          "coupon.lottery",
          "coupon.series",
          "coupon.claim",
          "coupon.redemption",
          "coupon.export",
          "coupon.ticket",
          "stock.model",
          "stock.script",
          "stock.metrics",
          "stock.recovery",
          "stock.database",
          "stock.hot",
          "stock.audit",
          "stock.sale",
          "stock.reservation",
          "queue.model",
          "queue.script",
          "queue.metrics",
          "queue.recovery",
          "queue.audit",
          "queue.definition",
          "queue.board",
          "queue.entry",
          "queue.front",
          "payment.model",
          "payment.wallet",
          "payment.provider",
          "payment.charge",
          "order.model",
          "order.pricing",
          "order.saga",
          "order.audit",
          "order.purchase");

  @Test
  void aRoomUsesOnlyThoseBeforeIt() {
    Map<String, Integer> order = new HashMap<>();
    ROOMS.forEach(room -> order.put(packageOf(room), order.size()));
    assertThat(classes.stream().flatMap(type -> type.getDirectDependenciesFromSelf().stream()))
        .as("what a room uses of a later one")
        .filteredOn(
            use ->
                order.getOrDefault(use.getOriginClass().getPackageName(), ROOMS.size())
                    < order.getOrDefault(use.getTargetClass().getPackageName(), -1))
        .extracting(Dependency::getDescription)
        .isEmpty();
  }

  @Test
  void roomsDoNotGoInCircles() {
    slices().matching("io.firstcome.(**)").should().beFreeOfCycles().check(classes);
  }

  @Test
  void everyClassHasARoom() {
    classes()
        .should()
        .resideInAnyPackage(ROOMS.stream().map(ArchitectureTest::packageOf).toArray(String[]::new))
        .check(classes);
  }

  /**
   * What is public in them is so for Java's sake, which knows no rooms. Orders are made of the
   * others, and use them as a client of the API would.
   */
  @Test
  void nobodyUsesWhatIsOfAnAggregateButItsOwnRooms() {
    for (String aggregate : List.of("coupon", "stock", "queue", "payment", "order")) {
      noClasses()
          .that()
          .resideOutsideOfPackages(packageOf(aggregate + ".."), packageOf("order.."))
          .should()
          .dependOnClassesThat()
          .resideInAPackage(packageOf(aggregate + ".."))
          .check(classes);
    }
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

  /** The executable would have its seed; its builder refuses to build it. */
  @Test
  void nobodyKeepsASourceOfRandomnessInAStaticField() {
    noFields()
        .that()
        .areStatic()
        .should()
        .haveRawType(JavaClass.Predicates.assignableTo(Random.class))
        .check(classes);
  }

  /** The executable has not the classes of all kinds of caches. */
  @Test
  void cachesThatForgetWhatIsIdleAreMadeInOnePlace() {
    noClasses()
        .that()
        .areNotAssignableTo(Caches.class)
        .should()
        .callMethod(Caffeine.class, "expireAfterAccess", Duration.class)
        .check(classes);
  }

  /** What the framework generates of an observer lies beside it, and could not see a subclass. */
  @Test
  void abstractClassesObserveNothing() {
    assertThat(classes.stream().filter(type -> type.getModifiers().contains(JavaModifier.ABSTRACT)))
        .flatMap(JavaClass::getMethods)
        .flatMap(JavaMethod::getParameters)
        .filteredOn(parameter -> parameter.isAnnotatedWith(Observes.class))
        .isEmpty();
  }

  /** Its first query blocks an event loop for seconds, see {@code Repository}. */
  @Test
  void nobodyWritesHql() {
    Set<String> takeHql =
        Set.of("find", "list", "stream", "count", "delete", "update", "createQuery");
    noClasses()
        .should()
        .callMethodWhere(
            DescribedPredicate.describe(
                "takes HQL",
                (JavaMethodCall call) ->
                    takeHql.contains(call.getName())
                        && !call.getTarget().getRawParameterTypes().isEmpty()
                        && call.getTarget()
                            .getRawParameterTypes()
                            .get(0)
                            .isEquivalentTo(String.class)
                        && (call.getTargetOwner().isAssignableTo(PanacheRepositoryBase.class)
                            || call.getTargetOwner().isAssignableTo(Mutiny.Session.class))))
        .check(classes);
  }

  @Test
  void entitiesAreOfTheModel() {
    classes()
        .that()
        .areAnnotatedWith(Entity.class)
        .should()
        .resideInAPackage("io.firstcome.*.model")
        .check(classes);
  }

  private static String packageOf(String room) {
    return "io.firstcome." + room;
  }

  @Test
  void theClassesThatTheDocumentOfTheArchitectureWalksExist() throws IOException {
    String document = Files.readString(java.nio.file.Path.of("docs/architecture.md"));
    String walk =
        document.substring(
            document.indexOf("## A request, class by class"), document.indexOf("## Batches"));
    List<String> named =
        Pattern.compile("`([A-Z][a-z]\\w+)`")
            .matcher(walk)
            .results()
            .map(name -> name.group(1))
            .toList();
    assertThat(named).hasSizeGreaterThan(40);
    assertThat(classes.stream().map(JavaClass::getSimpleName)).containsAll(named);
  }
}
