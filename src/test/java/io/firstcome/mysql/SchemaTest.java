package io.firstcome.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.firstcome.ledger.LedgerFixture;
import io.firstcome.local.LocalMySql;
import io.firstcome.redis.RealRedis;
import java.io.IOException;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether Flyway has anything to do, or to complain about, is known without it. */
class SchemaTest {

  private static LocalMySql mysql;
  private static LedgerFixture fixture;
  private static Flyway flyway;

  @BeforeAll
  static void start() {
    mysql = LocalMySql.start();
    flyway =
        Flyway.configure()
            .dataSource(mysql.jdbcUrl(), mysql.username(), mysql.password())
            .locations("classpath:db/migration")
            .load();
    flyway.migrate();
    fixture = new LedgerFixture(RealRedis.shared(), mysql);
  }

  @AfterAll
  static void stop() {
    fixture.close();
    mysql.close();
  }

  /** MySQL's default, of which the JDBC driver asks for the server's key only where it may. */
  @Test
  void aPasswordThatGoesOverPlainTextIsExplainedInOneLine() {
    SQLException driver = new SQLException("Public Key Retrieval is not allowed", "08001");

    assertThat(Schema.explained(new FlywayException("Unable to obtain\nconnection", driver)))
        .isEqualTo(
            "Public Key Retrieval is not allowed. Add allowPublicKeyRetrieval=true to the URL, or"
                + " use TLS (sslMode)");
  }

  @Test
  void andMySqlItselfIsRefusedSo() throws IOException {
    assumeThat(mysql.product()).startsWith("MySQL");
    mysql.administer("CREATE USER plain IDENTIFIED WITH caching_sha2_password BY 'plain'");
    Flyway plain =
        Flyway.configure()
            .dataSource(
                mysql.jdbcUrl().replace("&allowPublicKeyRetrieval=true", ""), "plain", "plain")
            .connectRetries(0)
            .load();

    assertThatThrownBy(plain::info)
        .isInstanceOfSatisfying(
            FlywayException.class,
            e ->
                assertThat(Schema.explained(e))
                    .endsWith("Add allowPublicKeyRetrieval=true to the URL, or use TLS (sslMode)"));
  }

  /** Add a new migration to {@link Schema#MIGRATIONS}, and never change an old one. */
  @Test
  void theMigrationsAreThoseOfTheFiles() {
    Map<String, Integer> files =
        Arrays.stream(flyway.info().all())
            .collect(
                Collectors.toMap(
                    file -> file.getVersion().getVersion(), MigrationInfo::getChecksum));
    assertThat(Schema.MIGRATIONS).isEqualTo(files);
  }

  @Test
  void aMigratedSchemaIsUpToDate() {
    assertThat(isUpToDate()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DELETE FROM flyway_schema_history",
        "UPDATE flyway_schema_history SET checksum = checksum + 1",
        "UPDATE flyway_schema_history SET checksum = NULL",
        "UPDATE flyway_schema_history SET success = 0",
        "INSERT INTO flyway_schema_history SELECT 99, '99', description, type, script, 1,"
            + " installed_by, installed_on, execution_time, 1 FROM flyway_schema_history",
        "RENAME TABLE flyway_schema_history TO no_history",
      })
  void anyOtherIsLeftToFlyway(String change) {
    fixture.sql("CREATE TABLE history AS SELECT * FROM flyway_schema_history");
    try {
      fixture.sql(change);
      assertThat(isUpToDate()).isFalse();
    } finally {
      fixture.sql("DROP TABLE IF EXISTS flyway_schema_history, no_history");
      fixture.sql("RENAME TABLE history TO flyway_schema_history");
    }
    assertThat(isUpToDate()).isTrue();
  }

  private static boolean isUpToDate() {
    return new Schema(fixture.transactions(), null, null).isUpToDate();
  }
}
