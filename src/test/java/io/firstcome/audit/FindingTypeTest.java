package io.firstcome.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who meets a finding finds it explained. */
class FindingTypeTest {

  @ParameterizedTest
  @EnumSource
  void isInTheDocumentation(FindingType kind) throws IOException {
    assertThat(Files.readAllLines(Path.of("docs/operations.md")))
        .as(kind.slug())
        .anyMatch(
            line ->
                line.startsWith("| `") && line.split("\\|")[1].contains("`" + kind.slug() + "`"));
  }
}
