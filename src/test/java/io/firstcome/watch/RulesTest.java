package io.firstcome.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.http.problem.ProblemType;
import io.firstcome.local.LocalPrometheus;
import io.firstcome.watch.Watch.Query;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules as files: complete, documented, and judged by promtool where it is installed. */
class RulesTest {
  private static final Path OPERATIONS = Path.of("docs/operations.md");
  private static final Path UNIT_TESTS = Path.of("deploy/prometheus/rules-test.yml");
  private static final Pattern OUTCOMES = Pattern.compile("outcome=~\"([^\"]*)\"");

  static Stream<Map<String, Object>> alerts() {
    return Watch.rules().stream().filter(rule -> rule.containsKey("alert"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("alerts")
  void anAlertSaysHowBadItIsWhatItIsAndWhatToDo(Map<String, Object> alert) throws IOException {
    String name = alert.get("alert").toString();
    assertThat(name).startsWith("Firstcome");
    assertThat(strings(alert, "labels").get("severity")).isIn("critical", "warning", "info");
    assertThat(strings(alert, "annotations"))
        .containsKeys("summary", "description")
        .containsEntry("runbook", OPERATIONS + "#" + name.toLowerCase(Locale.ROOT));
    assertThat(Files.readAllLines(OPERATIONS)).as("its runbook").contains("### " + name);
  }

  @Test
  void everyRunbookIsOfAnAlert() throws IOException {
    List<String> alerts = alerts().map(alert -> alert.get("alert").toString()).toList();
    List<String> runbooks =
        Files.readAllLines(OPERATIONS).stream()
            .filter(line -> line.startsWith("### "))
            .map(line -> line.substring(4))
            .toList();
    assertThat(runbooks).containsExactlyElementsOf(alerts);
  }

  @Test
  void everyAlertIsUnitTested() throws IOException {
    String tests = Files.readString(UNIT_TESTS);
    assertThat(alerts())
        .allSatisfy(
            alert ->
                assertThat(tests)
                    .contains(
                        "alertname=\"%s\", alertstate=\"firing\", ".formatted(alert.get("alert"))));
  }

  /**
   * As a replica that has just started is seen; a counter that begins otherwise hides its rule's
   * faults.
   */
  @Test
  @SuppressWarnings("unchecked")
  void everyCounterOfTheUnitTestsIsAbsentAndThenZero() {
    Map<String, Object> file = (Map<String, Object>) Watch.yaml(UNIT_TESTS);
    List<Map<String, String>> counters =
        ((List<Map<String, Object>>) file.get("tests"))
            .stream()
                .flatMap(test -> ((List<Map<String, String>>) test.get("input_series")).stream())
                .filter(input -> input.get("series").matches("\\w+_(total|bucket)\\{.*"))
                .toList();
    assertThat(counters)
        .isNotEmpty()
        .allSatisfy(
            counter ->
                assertThat(counter.get("values"))
                    .as(counter.get("series"))
                    .matches("_(x\\d+)? 0(x\\d+)?( .*)?"));
  }

  /** A new reason not to decide a claim must not pass for a refusal. */
  @Test
  void whatCountsAsAnErrorIsWhatTheServiceAnswersWith5xx() {
    Set<String> errors =
        Arrays.stream(ProblemType.values())
            // Who sends a method that does not exist is the cause.
            .filter(type -> type.status() >= 500 && type != ProblemType.NOT_IMPLEMENTED)
            .map(ProblemType::slug)
            .collect(Collectors.toCollection(TreeSet::new));
    int seen = 0;
    for (Query query : all()) {
      Matcher outcomes = OUTCOMES.matcher(query.expression());
      while (outcomes.find()) {
        seen++;
        Pattern counted = Pattern.compile(outcomes.group(1));
        assertThat(Arrays.stream(ProblemType.values()).map(ProblemType::slug))
            .as("%s", query)
            .filteredOn(slug -> counted.matcher(slug).matches())
            .containsExactlyInAnyOrderElementsOf(errors);
      }
    }
    assertThat(seen).isPositive();
  }

  @Test
  void whatIsTakenFromAnotherRuleIsRecorded() {
    Set<String> recorded =
        Watch.expressions("record").stream().map(Query::where).collect(Collectors.toSet());
    assertThat(all()).allSatisfy(query -> assertThat(recorded).containsAll(query.recorded()));
  }

  /** Several services may share a Prometheus. */
  @Test
  void everyMetricIsTakenFromThisJobAlone() {
    assertThat(all())
        .allSatisfy(
            query ->
                assertThat(query.expression())
                    .as("%s", query)
                    .doesNotContainPattern(
                        "(?<![:\\w])(firstcome_\\w+|process_\\w+|up)\\b(?!\\{job=\"firstcome\")"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "check config deploy/prometheus/prometheus.yml",
        "check rules deploy/prometheus/rules.yml",
        "test rules deploy/prometheus/rules-test.yml"
      })
  void promtoolAgrees(String command) throws IOException, InterruptedException {
    Path promtool = LocalPrometheus.program("promtool").orElse(null);
    if (promtool == null) {
      System.out.println("promtool is not installed: not run: promtool " + command);
    }
    Assumptions.assumeTrue(promtool != null, "promtool is not installed");
    Path log = Files.createTempFile("promtool", ".log");
    try {
      Process process =
          new ProcessBuilder(
                  Stream.concat(Stream.of(promtool.toString()), Stream.of(command.split(" ")))
                      .toList())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      boolean ended = process.waitFor(5, TimeUnit.MINUTES);
      process.destroyForcibly();
      assertThat(ended).as("ended in time").isTrue();
      assertThat(process.exitValue()).as(() -> read(log)).isZero();
    } finally {
      Files.delete(log);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static List<Query> all() {
    return Stream.of(Watch.expressions("record"), Watch.expressions("alert"), Watch.dashboard())
        .flatMap(List::stream)
        .toList();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, String> strings(Map<String, Object> rule, String key) {
    return (Map<String, String>) rule.get(key);
  }
}
