package io.firstcome.loadtest;

import io.firstcome.sale.Replica;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Where the programs are, and how they are run: all alike. */
final class Processes {
  static final Path TARGET = Path.of(System.getProperty("loadtest.target", "loadtest/target"));

  /** Where a checkout has the service's package. */
  static final Path PACKAGE = Path.of("target/quarkus-app/quarkus-run.jar");

  private static final Path BASELINES = Path.of("loadtest/baselines/target/baselines.jar");

  /** Virtual threads. */
  private static final int BASELINES_JDK = 21;

  /** One heap, one collector for all that run on a JVM. */
  private static final List<String> JVM = List.of("-Xms512m", "-Xmx512m", "-XX:+UseSerialGC");

  /** For the service alone, e.g. a profiler's agent, or a native executable's {@code -Xmn}. */
  private static final List<String> SERVICE_ARGUMENTS =
      Stream.of(System.getenv().getOrDefault("LOADTEST_SERVICE_ARGS", "").split(" "))
          .filter(argument -> !argument.isEmpty())
          .toList();

  private Processes() {}

  /**
   * The service.
   *
   * @param program a jar, or else a native executable
   */
  static Replica service(String name, Path program, Map<String, String> settings) {
    List<String> command = new ArrayList<>();
    if (program.toString().endsWith(".jar")) {
      command.addAll(java(program));
    } else {
      command.add(program.toString());
      command.addAll(List.of("-Xms512m", "-Xmx512m"));
    }
    command.addAll(1, SERVICE_ARGUMENTS);
    return Replica.start(folder(name), settings, command).awaitListening();
  }

  /**
   * Checks before anything is started that the Spring baselines can run.
   *
   * @throws IllegalArgumentException that says what is missing
   */
  static void checkBaselines() {
    int jdk = Runtime.version().feature();
    if (jdk < BASELINES_JDK) {
      throw new IllegalArgumentException(
          "the Spring baselines need a JDK %d or newer, and %s is %d: set LOADTEST_JAVA_HOME, or name other rows by --variants"
              .formatted(BASELINES_JDK, System.getProperty("java.home"), jdk));
    }
    if (!Files.isRegularFile(BASELINES)) {
      throw new IllegalArgumentException(
          "no " + BASELINES + ": start this by loadtest/compare, which builds it");
    }
  }

  static Replica baselines(Map<String, String> settings) {
    List<String> command = java(BASELINES);
    return Replica.start(folder("baselines"), settings, command).awaitListening();
  }

  private static Path folder(String name) {
    return TARGET.resolve("processes").resolve(name);
  }

  private static List<String> java(Path jar) {
    if (!Files.isRegularFile(jar)) {
      throw new IllegalStateException(
          "no " + jar + ": start this by loadtest/compare, which builds it");
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM);
    command.addAll(List.of("-jar", jar.toAbsolutePath().toString()));
    return command;
  }
}
