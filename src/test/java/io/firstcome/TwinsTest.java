package io.firstcome;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.quarkus.test.junit.QuarkusIntegrationTest;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every test over HTTP is run against the executable too: {@code FooTest} has a twin {@code FooIT}.
 */
class TwinsTest {

  /** What a test speaks HTTP with. */
  private static final Set<String> CLIENTS = Set.of("Api", "WhoAsks", "Socket", "TestHTTPResource");

  static List<JavaClass> testsOverHttp() {
    return new ClassFileImporter()
            .withImportOption(new ImportOption.OnlyIncludeTests())
            .importPackages("io.firstcome")
            .stream()
            .filter(test -> test.isAnnotatedWith(QuarkusTest.class))
            .filter(TwinsTest::speaksHttp)
            .toList();
  }

  private static boolean speaksHttp(JavaClass test) {
    return test.getDirectDependenciesFromSelf().stream()
        .map(dependency -> dependency.getTargetClass())
        .anyMatch(
            used ->
                used.getPackageName().startsWith("io.restassured")
                    || used.getPackageName().equals("java.net.http")
                    || CLIENTS.contains(used.getSimpleName()));
  }

  @ParameterizedTest
  @MethodSource("testsOverHttp")
  void everyTestOverHttpHasATwinOrAReason(JavaClass test) {
    Optional<JavaClass> twin =
        test.getSubclasses().stream()
            .filter(c -> c.isAnnotatedWith(QuarkusIntegrationTest.class))
            .findFirst();
    if (test.isAnnotatedWith(InsideTheBuild.class)) {
      assertThat(test.getAnnotationOfType(InsideTheBuild.class).value()).isNotBlank();
      assertThat(twin).as("a twin, in spite of @InsideTheBuild").isEmpty();
      return;
    }
    assertThat(twin)
        .as("@QuarkusIntegrationTest class %s, extending this test", nameOfTwin(test))
        .isPresent();
    assertThat(twin.get().getName()).isEqualTo(nameOfTwin(test));
    assertThat(twin.get().tryGetAnnotationOfType(Tag.class).map(Tag::value)).contains("native");
    assertThat(test.getAllFields())
        .as("what a process of its own cannot be asked for")
        .noneMatch(
            field ->
                Stream.of(Inject.class, ConfigProperty.class).anyMatch(field::isAnnotatedWith));
  }

  private static String nameOfTwin(JavaClass test) {
    return test.getName().replaceAll("Test$", "IT");
  }
}
