package io.firstcome.ledger;

import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;

/**
 * A MySQL without strict mode cuts what is too long and says nothing: what is read back would not
 * be what was decided. It is refused at start-up.
 *
 * @see <a href="https://dev.mysql.com/doc/refman/8.4/en/sql-mode.html#sql-mode-strict">Strict SQL
 *     Mode</a>
 */
@ApplicationScoped
class StrictMode {

  private final SqlTransactions mysql;

  StrictMode(SqlTransactions mysql) {
    this.mysql = mysql;
  }

  void check(@Observes StartupEvent event) {
    String mode = mysql.run(tx -> tx.query("SELECT @@sql_mode").iterator().next().getString(0));
    require(mode);
  }

  static void require(String mode) {
    List<String> modes = List.of(mode.split(","));
    if (!modes.contains("STRICT_TRANS_TABLES") && !modes.contains("STRICT_ALL_TABLES")) {
      throw new ConfigurationException(
          "MySQL has sql_mode '"
              + mode
              + "' and would silently truncate values. Set a strict mode: add STRICT_TRANS_TABLES");
    }
  }
}
