package io.firstcome.ledger;

import io.quarkus.runtime.StartupEvent;
import io.vertx.mysqlclient.MySQLException;
import io.vertx.sqlclient.Row;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.interceptor.Interceptor;
import java.util.HashMap;
import java.util.Map;
import org.flywaydb.core.Flyway;
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
      Map.of(
          "1",
          -498396627,
          "2",
          1333977491,
          "3",
          -685118100,
          "4",
          1440634351,
          "5",
          -317318795,
          "6",
          119156649,
          "7",
          -1915202333);

  private static final Logger LOG = Logger.getLogger(Schema.class);

  private final SqlTransactions mysql;
  private final Instance<Flyway> flyway;

  Schema(SqlTransactions mysql, Instance<Flyway> flyway) {
    this.mysql = mysql;
    this.flyway = flyway;
  }

  void migrate(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent event) {
    if (!isUpToDate()) {
      flyway.get().migrate();
    }
  }

  /** Whether exactly our migrations were applied, each successfully. Where in doubt it is not. */
  boolean isUpToDate() {
    try {
      return mysql.run(Schema::applied).equals(MIGRATIONS);
    } catch (MySQLException | SqlUnavailableException e) {
      // No history yet, or no MySQL: Flyway finds out, tries again and says what is wrong.
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
