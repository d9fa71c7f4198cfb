package io.firstcome.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * SQL is the common subset of MySQL 8.0.15 and MariaDB 10.11; nothing depends on a server's
 * defaults.
 */
class MigrationsTest {

  private static final Pattern TABLE =
      Pattern.compile("(?s)CREATE TABLE (\\w+) \\((.*?)\\n\\)(.*?);");
  private static final Pattern TEXT_COLUMN =
      Pattern.compile("(?m)^\\s+\\w+\\s+(VARCHAR|CHAR|TEXT)\\b.*$");

  static Stream<Path> migrations() throws IOException {
    return Files.list(Path.of("src/main/resources/db/migration")).sorted();
  }

  @ParameterizedTest
  @MethodSource("migrations")
  void everyTableNamesItsEngineCharacterSetAndCollation(Path file) throws IOException {
    String sql = Files.readString(file);
    List<MatchResult> tables = TABLE.matcher(sql).results().toList();

    assertThat(tables).hasSize(sql.split("CREATE TABLE", -1).length - 1);
    for (MatchResult table : tables) {
      assertThat(table.group(3))
          .as("options of table %s", table.group(1))
          .contains("ENGINE = InnoDB")
          .containsPattern("DEFAULT CHARACTER SET (ascii|utf8mb4)")
          .containsPattern("COLLATE (ascii_bin|utf8mb4_bin)");
    }
  }

  @ParameterizedTest
  @MethodSource("migrations")
  void everyTextColumnIsComparedByteByByte(Path file) throws IOException {
    List<String> columns =
        TEXT_COLUMN.matcher(Files.readString(file)).results().map(MatchResult::group).toList();

    assertThat(columns)
        .allSatisfy(
            column ->
                assertThat(column)
                    .containsPattern(
                        "CHARACTER SET (ascii +COLLATE ascii_bin|utf8mb4 +COLLATE utf8mb4_bin)"));
    assertThat(columns)
        .filteredOn(column -> column.matches("\\s+(id|coupon_id|user_id)\\b.*"))
        .allSatisfy(column -> assertThat(column).contains("ascii_bin"));
  }

  @ParameterizedTest
  @MethodSource("migrations")
  void nothingIsSilentlyIgnored(Path file) throws IOException {
    assertThat(Files.readString(file).toUpperCase(Locale.ROOT))
        .doesNotContain("INSERT IGNORE", "ON DUPLICATE KEY", "IF NOT EXISTS");
  }
}
