package io.firstcome.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every script says in its header what it takes, and takes nothing else. */
class ScriptHeaderTest {

  private static final Path SCRIPTS = Path.of("src/main/resources/lua");
  private static final Pattern USE = Pattern.compile("(KEYS|ARGV)\\[(\\d+)]");
  private static final Pattern REST = Pattern.compile("unpack\\(ARGV, (\\d+)\\)");

  static Stream<Path> scripts() throws IOException {
    return Files.list(SCRIPTS).filter(file -> file.toString().endsWith(".lua")).sorted();
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void takesWhatItsHeaderDeclaresAndNothingElse(Path file) throws IOException {
    Set<String> declared = uses(file, true, USE);
    Set<String> used = uses(file, false, USE);
    used.addAll(
        uses(file, false, REST).stream()
            .map(rest -> rest.replaceAll("\\D", ""))
            .map(first -> "ARGV[" + first + "]")
            .toList());

    assertThat(declared).as("declared in the header of %s", file).containsAll(used);
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void namesNoKeyThatItWasNotGiven(Path file) throws IOException {
    assertThat(Files.readString(file)).doesNotContain("'fc:").doesNotContain("\"fc:");
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void saysWhatItReturnsAndCosts(Path file) throws IOException {
    String header =
        Files.readAllLines(file).stream()
            .takeWhile(line -> line.startsWith("--"))
            .collect(Collectors.joining("\n"));

    assertThat(header).contains("Returns").contains("Cost:");
  }

  private static Set<String> uses(Path file, boolean inHeader, Pattern pattern)
      throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith("--") == inHeader)
        .flatMap(line -> pattern.matcher(line).results())
        .map(MatchResult::group)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
