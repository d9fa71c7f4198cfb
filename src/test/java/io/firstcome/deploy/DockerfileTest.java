package io.firstcome.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code Dockerfile.native} promises; what its image is run by: {@code EmptyRootIT}. */
class DockerfileTest {

  /** A line of a Dockerfile, its continuations joined. */
  record Instruction(String name, String arguments) {}

  private final List<Instruction> instructions = instructions();
  private final List<Instruction> runtime =
      instructions.subList(lastFrom(instructions), instructions.size());

  @Test
  void theBuilderIsNotInTheImage() {
    assertThat(arguments(instructions, "FROM")).hasSize(2);
    assertThat(arguments(instructions, "FROM").get(0)).endsWith(" AS build");
  }

  @Test
  void bothImagesArePinned() {
    assertThat(arguments(instructions, "FROM"))
        .allSatisfy(
            from -> {
              assertThat(from).matches("[a-z0-9.]+/\\S+:\\S+( AS build)?");
              assertThat(from).doesNotContain(":latest");
            });
    assertThat(arguments(instructions, "FROM").get(0)).as("a version").matches(".*:\\d+\\.\\d.*");
  }

  /** There is no shell to run anything with. */
  @Test
  void theRuntimeRunsNothingWhileItIsBuilt() {
    assertThat(arguments(runtime, "RUN")).isEmpty();
    assertThat(arguments(runtime, "ENTRYPOINT")).containsExactly("[\"/firstcome\"]");
    assertThat(arguments(runtime, "CMD")).isEmpty();
    assertThat(arguments(runtime, "HEALTHCHECK")).isEmpty();
  }

  @Test
  void theProcessIsNobodyAndOwnsNothing() {
    assertThat(arguments(runtime, "USER")).containsExactly("65532:65532");
    assertThat(arguments(runtime, "COPY"))
        .isNotEmpty()
        .allSatisfy(copy -> assertThat(copy).contains("--from=build --chown=0:0"));
    assertThat(arguments(runtime, "COPY")).anyMatch(copy -> copy.endsWith(" /firstcome"));
    assertThat(arguments(runtime, "ADD")).isEmpty();
  }

  @Test
  void itListensWhereItIsExposedAndEndsBySigterm() {
    assertThat(arguments(runtime, "EXPOSE"))
        .containsExactly(
            Settings.defaultOf("quarkus.http.port")
                + " "
                + Settings.defaultOf("quarkus.management.port"));
    assertThat(arguments(runtime, "STOPSIGNAL")).containsExactly("SIGTERM");
  }

  @ParameterizedTest
  @ValueSource(strings = {"title", "description", "licenses", "version", "revision"})
  void theImageSaysWhatItIs(String label) {
    assertThat(arguments(runtime, "LABEL"))
        .singleElement()
        .asString()
        .contains("org.opencontainers.image." + label + "=\"");
  }

  /** The context is what the build reads, and all of it. */
  @Test
  void theContextHasWhatTheBuildReads() throws IOException {
    assertThat(Files.readAllLines(Path.of(".dockerignore")))
        .filteredOn(line -> !line.startsWith("#"))
        .containsExactly("*", "!.mvn", "!LICENSE", "!NOTICE", "!mvnw", "!pom.xml", "!src");
    assertThat(Path.of("mvnw")).isExecutable();
  }

  private static List<String> arguments(List<Instruction> instructions, String name) {
    return instructions.stream()
        .filter(instruction -> instruction.name().equals(name))
        .map(Instruction::arguments)
        .toList();
  }

  private static int lastFrom(List<Instruction> instructions) {
    int last = 0;
    for (int i = 0; i < instructions.size(); i++) {
      last = instructions.get(i).name().equals("FROM") ? i : last;
    }
    return last;
  }

  private static List<Instruction> instructions() {
    List<Instruction> instructions = new ArrayList<>();
    StringBuilder joined = new StringBuilder();
    for (String line : lines()) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      boolean goesOn = line.endsWith("\\");
      joined.append(goesOn ? line.substring(0, line.length() - 1) : line);
      if (!goesOn) {
        String[] words = joined.toString().strip().split("\\s+", 2);
        instructions.add(new Instruction(words[0], words[1]));
        joined.setLength(0);
      }
    }
    return instructions;
  }

  private static List<String> lines() {
    try {
      return Files.readAllLines(Path.of("Dockerfile.native"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
