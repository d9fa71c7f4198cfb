package io.firstcome.mysql;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.firstcome.mysql.MySqlServer.Settings;
import io.quarkus.runtime.configuration.ConfigurationException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** On which servers a replica starts. What a real one answers: {@link HostileMySqlTest}. */
class MySqlServerTest {

  private static final String STRICT = "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES";
  private static final long PACKET = 16 * 1024 * 1024;

  @ParameterizedTest
  @ValueSource(strings = {STRICT, "STRICT_ALL_TABLES"})
  void aStrictServerIsAccepted(String mode) {
    accepts(new Settings("8.4.0", mode, true, "ROW", PACKET));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "NO_ENGINE_SUBSTITUTION", "NOT_STRICT_TRANS_TABLES"})
  void anyOtherIsRefusedAndToldWhatToSet(String mode) {
    refuses(new Settings("8.4.0", mode, true, "ROW", PACKET), "add STRICT_TRANS_TABLES");
  }

  @ParameterizedTest
  @CsvSource({"false, STATEMENT", "true, ROW", "true, MIXED"})
  void whatReadCommittedMayWriteIsAccepted(boolean binlog, String format) {
    accepts(new Settings("8.4.0", STRICT, binlog, format, PACKET));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "8.0.15",
        "8.0.36-28",
        "8.4.0",
        "9.7.4-2",
        "10.11.5-MariaDB",
        "11.4.5-MariaDB-log"
      })
  void theVersionsThatAreStatedAreAccepted(String version) {
    accepts(new Settings(version, STRICT, false, "ROW", PACKET));
  }

  @ParameterizedTest
  @ValueSource(strings = {"5.7.44-log", "8.0.14", "10.6.18-MariaDB", "10.4.34-MariaDB-1:10.4"})
  void olderOnesAreRefused(String version) {
    refuses(
        new Settings(version, STRICT, false, "ROW", PACKET),
        "MySQL has version "
            + version
            + ", which is not supported. Use MySQL 8.0.15, MariaDB 10.11.0");
  }

  private static void accepts(Settings server) {
    assertThatCode(() -> MySqlServer.require(server)).doesNotThrowAnyException();
  }

  static void refuses(Settings server, String why) {
    assertThatThrownBy(() -> MySqlServer.require(server))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(why);
  }
}
