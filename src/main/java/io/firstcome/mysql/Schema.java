package io.firstcome.mysql;

import io.quarkus.arc.InactiveBeanException;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.mysqlclient.MySQLException;
import io.vertx.sqlclient.Row;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.interceptor.Interceptor;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jboss.logging.Logger;

/**
 * Brings the schema up to date at start-up, before anything else asks MySQL.
 *
 * <p>Flyway does it, over JDBC. Most replicas start on a schema that is up to date, though, and in
 * a hurry: they see that by one query over the connection that is needed anyway, as strictly as
 * Flyway would, and neither Flyway nor JDBC is touched.
 */
@ApplicationScoped
class Schema {

  /** Version to checksum, as Flyway writes them into its history. A test holds it to the files. */
  static final Map<String, Integer> MIGRATIONS =
      Map.ofEntries(
          Map.entry("1", -498396627),
          Map.entry("2", 1333977491),
          Map.entry("3", -685118100),
          Map.entry("4", 1440634351),
          Map.entry("5", -317318795),
          Map.entry("6", 119156649),
          Map.entry("7", -1915202333),
          Map.entry("8", -12376587),
          Map.entry("9", -202933988),
          Map.entry("10", 1236578539),
          Map.entry("11", -1940523700),
          Map.entry("12", -494329635),
          Map.entry("13", -1382114674),
          Map.entry("14", 1191008153),
          Map.entry("15", -703184464),
          Map.entry("16", -1969506239),
          Map.entry("17", 873302962),
          Map.entry("18", -1421889021),
          Map.entry("19", 931047267),
          Map.entry("20", -810193497),
          Map.entry("21", 548336314),
          Map.entry("22", 464204492),
          Map.entry("23", -930202985),
          Map.entry("24", -269707477),
          Map.entry("25", 1389333528),
          Map.entry("26", 2070225157),
          Map.entry("27", 130177644),
          Map.entry("28", 1983297216),
          Map.entry("30", -805019938),
          Map.entry("32", 420035018),
          Map.entry("33", -1836259722),
          Map.entry("34", -1195985254));

  private static final Logger LOG = Logger.getLogger(Schema.class);

  private final SqlTransactions mysql;
  private final MySqlServer server;
  private final Instance<Flyway> flyway;

  Schema(SqlTransactions mysql, MySqlServer server, Instance<Flyway> flyway) {
    this.mysql = mysql;
    this.server = server;
    this.flyway = flyway;
  }

  void migrate(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent event) {
    server.check();
    if (!isUpToDate()) {
      migrate();
    }
  }

  private void migrate() {
    try {
      flyway.get().migrate();
    } catch (InactiveBeanException e) {
      throw new ConfigurationException(
          "quarkus.datasource.jdbc.url is required, because the schema must be migrated; for"
              + " example jdbc:mysql://host:3306/firstcome");
    } catch (FlywayException e) {
      throw new ConfigurationException(
          "Could not migrate the schema through quarkus.datasource.jdbc.url: " + explained(e));
    }
  }

  /** What the driver says, and what to do about it. */
  static String explained(FlywayException e) {
    Throwable cause = e;
    while (cause.getCause() != null && !(cause instanceof SQLException)) {
      cause = cause.getCause();
    }
    String message = String.valueOf(cause.getMessage()).strip().replaceAll("\\s*\\R\\s*", " ");
    if (message.contains("Public Key Retrieval")) {
      return message + ". Add allowPublicKeyRetrieval=true to the URL, or use TLS (sslMode)";
    }
    return switch (SqlErrors.code(cause)) {
      case 1044, 1045, 1142, 1698 ->
          message
              + ". The user (quarkus.flyway.username, else quarkus.datasource.username) needs all"
              + " rights on the schema";
      default -> message;
    };
  }

  /** Whether exactly our migrations were applied, each successfully. Where in doubt it is not. */
  boolean isUpToDate() {
    try {
      return mysql.run(Schema::applied).equals(MIGRATIONS);
    } catch (MySQLException | SqlUnavailableException e) {
      // No history yet, or no right to read it: Flyway finds out.
      LOG.debug("Could not read the schema history", e);
      return false;
    }
  }

  private static Map<String, Integer> applied(SqlTransaction tx) {
    Map<String, Integer> applied = new HashMap<>();
    for (Row row : tx.query("SELECT version, checksum, success FROM flyway_schema_history")) {
      boolean success = row.getInteger(2) == 1;
      applied.put(row.getString(0), success ? row.getInteger(1) : null);
    }
    return applied;
  }
}
