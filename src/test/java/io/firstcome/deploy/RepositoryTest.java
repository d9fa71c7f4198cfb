package io.firstcome.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What stands beside the code: the version, the licences, and what runs where the code is kept. */
class RepositoryTest {
  private static final Pattern SCRIPT = Pattern.compile("(?<![\\w./-])(\\.ci/\\w+|\\./mvnw)\\b");
  private static final Pattern PROFILE = Pattern.compile("-P(\\w+)|-D(native)\\b");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "loadtest/pom.xml",
        "loadtest/harness/pom.xml",
        "loadtest/scenarios/pom.xml",
        "loadtest/baselines/pom.xml",
        "loadtest/benchmarks/pom.xml"
      })
  void theLoadTestsAreOfTheSameVersion(String pom) throws IOException {
    assertThat(text(pom)).contains("<version>" + version() + "</version>");
  }

  @Test
  void theVersionIsTheSameWhereverItIsTold() throws IOException {
    assertThat(version()).matches("\\d+\\.\\d+\\.\\d+");
    assertThat(text("src/main/java/io/firstcome/http/openapi/package-info.java"))
        .contains("version = \"" + version() + "\",");
    assertThat(text("Dockerfile.native")).contains("ARG VERSION=" + version() + "\n");
    assertThat(text("deploy/k8s/overlays/production/kustomization.yaml"))
        .contains("newTag: " + version() + "\n");
    assertThat(text("CHANGELOG.md")).contains("\n## [" + version() + "] - 20");
  }

  /** Nobody builds with a Maven that somebody else has put there. */
  @Test
  void theWrapperKnowsWhatItDownloads() throws IOException {
    assertThat(text(".mvn/wrapper/maven-wrapper.properties"))
        .containsPattern("(?m)^distributionUrl=https://repo\\.maven\\.apache\\.org/")
        .containsPattern("(?m)^distributionSha256Sum=[0-9a-f]{64}$");
  }

  /** Connector/J is under the GPL: what is distributed with it says so and brings the text. */
  @Test
  void theLicencesAreInTheImage() throws IOException {
    assertThat(text("NOTICE")).contains("MySQL Connector/J", "Universal FOSS Exception");
    assertThat(text("pom.xml"))
        .contains("<includeArtifactIds>mysql-connector-j</includeArtifactIds>")
        .contains("<goal>makeBom</goal>");
    assertThat(text("Dockerfile.native"))
        .contains("cp -r LICENSE NOTICE target/firstcome-sbom.json target/licenses/* licenses/")
        .contains("COPY --from=build --chown=0:0 /code/licenses/ /licenses/");
  }

  static Stream<Path> ofGithub() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of(".github"))) {
      return files.filter(file -> file.toString().endsWith(".yml")).toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("ofGithub")
  void isYaml(Path file) {
    assertThat(StrictYaml.documents(file)).hasSize(1).noneMatch(JsonNode::isEmpty);
  }

  @Test
  void theWorkflowRunsScriptsAndProfilesThatAreThere() throws IOException {
    JsonNode jobs =
        StrictYaml.documents(Path.of(".github/workflows/build.yml")).get(0).path("jobs");
    List<String> commands = jobs.findValuesAsText("run");
    assertThat(commands).hasSizeGreaterThanOrEqualTo(jobs.size());
    assertThat(jobs.findValues("needs")).as("jobs run in parallel").isEmpty();
    assertThat(commands.stream().flatMap(command -> SCRIPT.matcher(command).results()))
        .isNotEmpty()
        .extracting(MatchResult::group)
        .allSatisfy(script -> assertThat(Path.of(script)).isExecutable());
    String pom = text("pom.xml");
    assertThat(commands.stream().flatMap(command -> PROFILE.matcher(command).results()))
        .isNotEmpty()
        .extracting(found -> found.group(1) == null ? found.group(2) : found.group(1))
        .allSatisfy(profile -> assertThat(pom).contains("<id>" + profile + "</id>"));
  }

  private static String version() throws IOException {
    return text("pom.xml")
        .replaceFirst("(?s).*?<artifactId>firstcome</artifactId>\\s*<version>(.*?)<.*", "$1");
  }

  private static String text(String file) throws IOException {
    return Files.readString(Path.of(file));
  }
}
