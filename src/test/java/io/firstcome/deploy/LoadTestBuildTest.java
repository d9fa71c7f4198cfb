package io.firstcome.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code loadtest/build-and-run} builds what is missing: here in a checkout of which nothing but
 * the script is real, with a Maven that builds the baselines where the JDK is new enough for them.
 */
class LoadTestBuildTest {

  private static final String MAVEN =
      """
      #!/bin/sh
      echo "$*" >>builds
      case "$*" in *loadtest*) ;; *) exit 0 ;; esac
      mkdir -p loadtest/harness/target
      echo classes >loadtest/harness/target/classpath
      if grep -q 'version "2' "$JAVA_HOME/bin/java"; then
        mkdir -p loadtest/baselines/target
        touch loadtest/baselines/target/baselines.jar
      fi
      """;

  private static final String JAVA =
      """
      #!/bin/sh
      if [ "$1" = -version ]; then
        echo 'openjdk version "%s" 2026-01-20' >&2
      else
        echo "runs $*"
      fi
      """;

  @TempDir Path checkout;

  @BeforeEach
  void makeCheckout() throws IOException {
    executable("mvnw", MAVEN);
    executable("loadtest/build-and-run", Files.readString(Path.of("loadtest/build-and-run")));
    executable("jdk-17/bin/java", JAVA.formatted("17.0.15"));
    executable("jdk-25/bin/java", JAVA.formatted("25"));
    for (String file :
        List.of(
            "pom.xml",
            "src/main/Service.java",
            "src/test/java/io/firstcome/local/Local.java",
            "src/test/java/io/firstcome/sale/Sale.java",
            "loadtest/pom.xml",
            "loadtest/harness/pom.xml",
            "loadtest/harness/src/Compare.java",
            "loadtest/baselines/pom.xml",
            "loadtest/baselines/src/Baseline.java",
            "target/quarkus-app/quarkus-run.jar")) {
      write(file, "");
    }
  }

  @Test
  void whatAnOlderJdkSkippedIsBuiltByANewerOne() throws Exception {
    assertThat(run("jdk-17")).contains("building loadtest", "runs");
    assertThat(run("jdk-17")).as("again").doesNotContain("building loadtest").contains("runs");

    assertThat(run("jdk-25")).contains("building loadtest", "runs");
    assertThat(checkout.resolve("loadtest/baselines/target/baselines.jar")).exists();
    assertThat(run("jdk-25")).as("again").doesNotContain("building loadtest").contains("runs");
    assertThat(run("jdk-17")).as("back").doesNotContain("building loadtest").contains("runs");
  }

  private String run(String jdk) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder("sh", checkout.resolve("loadtest/build-and-run").toString(), "Compare")
            .redirectErrorStream(true);
    builder.environment().put("LOADTEST_JAVA_HOME", checkout.resolve(jdk).toString());
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
    return output;
  }

  private void executable(String file, String text) throws IOException {
    write(file, text);
    assertThat(checkout.resolve(file).toFile().setExecutable(true)).isTrue();
  }

  private void write(String file, String text) throws IOException {
    Path path = checkout.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }
}
