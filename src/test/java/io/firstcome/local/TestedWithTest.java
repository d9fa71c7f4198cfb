package io.firstcome.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;

/** The servers that tests run on are those of the table in docs/architecture.md, *Tested with*. */
class TestedWithTest {

  @Test
  void theDocumentNamesTheServersThatTestsRunOn() throws IOException {
    String document = Files.readString(Path.of("docs", "architecture.md"));
    try (LocalRedis redis = LocalRedis.start();
        LocalMySql mySql = LocalMySql.start()) {
      for (String product : new String[] {mySql.product(), redis.product()}) {
        System.out.printf("Tested with: | %s | %s |%n", product, LocalDate.now());
        // A newer patch is no reason to fail: the suite prints what the table is to say.
        String series = product.replaceFirst("(\\D+\\d+\\.\\d+).*", "$1");
        assertThat(document).as("table of 'Tested with'").contains("| " + series + ".");
      }
    }
  }
}
