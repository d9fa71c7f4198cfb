package io.firstcome.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every script says in its header what it takes, and takes nothing else. */
class ScriptHeaderTest {

  private static final Path SCRIPTS = Path.of("src/main/resources/lua");
  private static final Pattern DECLARED = Pattern.compile("(KEYS|ARGV)\\[(\\d+)(\\.\\.)?]");
  private static final Pattern USED = Pattern.compile("(KEYS|ARGV)\\[(\\d+)]");
  private static final Pattern UNPACKED = Pattern.compile("unpack\\((ARGV|KEYS), (\\d+)\\)");

  static Stream<Path> scripts() throws IOException {
    return Files.list(SCRIPTS).filter(file -> file.toString().endsWith(".lua")).sorted();
  }

  @ParameterizedTest
  @MethodSource("scripts")
  void takesWhatItsHeaderDeclaresAndNothingElse(Path file) throws IOException {
    List<MatchResult> declared = find(file, true, DECLARED);
    List<MatchResult> used = find(file, false, USED);
    used.addAll(find(file, false, UNPACKED));

    assertThat(used)
        .as("used in %s and declared in its header", file)
        .allMatch(use -> declared.stream().anyMatch(declaration -> covers(declaration, use)));
  }

  /** {@code ARGV[2..]} declares the second and all that follow. */
  private static boolean covers(MatchResult declaration, MatchResult use) {
    int declared = Integer.parseInt(declaration.group(2));
    int used = Integer.parseInt(use.group(2));
    return declaration.group(1).equals(use.group(1))
        && (declared == used || declaration.group(3) != null && declared < used);
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

  private static List<MatchResult> find(Path file, boolean inHeader, Pattern pattern)
      throws IOException {
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith("--") == inHeader)
        .flatMap(line -> pattern.matcher(line).results())
        .collect(Collectors.toCollection(ArrayList::new));
  }
}
