package io.firstcome.coupon.code;

import io.firstcome.mysql.SqlTransactions;
import io.firstcome.work.PeriodicTask;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.sqlclient.Row;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Replaces the key of the deployment. What its second key seals is sealed by the first, coupon by
 * coupon, until nothing needs the second any more. The keys of coupons stay, and so do their codes.
 */
@Singleton
class KeyRotation {

  private static final Logger LOG = Logger.getLogger(KeyRotation.class);
  private static final int AT_ONCE = 100;

  private final DeploymentKeys keys;
  private final SqlTransactions mysql;
  private final PeriodicTask task;

  KeyRotation(DeploymentKeys keys, SqlTransactions mysql, CodesConfig config) {
    this.keys = keys;
    this.mysql = mysql;
    this.task =
        new PeriodicTask(
            "firstcome-code-keys",
            config.reseal(),
            this::reseal,
            e ->
                LOG.warnf("Could not seal the keys of codes by the first key: %s", e.getMessage()));
  }

  void start(@Observes StartupEvent event) {
    check();
    if (keys.areSet()) {
      task.start();
      task.wake();
    }
  }

  void stop(@Observes ShutdownEvent event) throws InterruptedException {
    task.end();
  }

  /** A replica that cannot read the codes of a coupon would refuse its holders. */
  private void check() {
    List<String> missing = missing();
    if (!missing.isEmpty()) {
      throw new ConfigurationException(
          DeploymentKeys.SETTING
              + " does not have the keys that seal the codes of coupons in MySQL: "
              + String.join(", ", missing)
              + " (the first digits of their SHA-256)",
          Set.of(DeploymentKeys.SETTING));
    }
  }

  /** Keys that are needed and not here. */
  List<String> missing() {
    return mysql
        .texts("SELECT DISTINCT code_key_id FROM coupon WHERE code_key_id IS NOT NULL")
        .stream()
        .filter(id -> !keys.has(id))
        .toList();
  }

  /** Seals by the first key what the second one seals; says of how many coupons. */
  int reseal() {
    int done = 0;
    while (!task.isStopped()) {
      int some = resealSome();
      if (some == 0) {
        break;
      }
      done += some;
    }
    if (done > 0) {
      LOG.infof("Sealed the codes of %d coupons by key %s", done, keys.current());
    }
    return done;
  }

  private int resealSome() {
    return mysql.run(
        tx -> {
          int done = 0;
          for (Row row :
              tx.query(
                  "SELECT id, code_key_id, code_key FROM coupon"
                      + " WHERE code_key_id IS NOT NULL AND code_key_id <> ? LIMIT ?",
                  keys.current(),
                  AT_ONCE)) {
            String id = row.getString(0);
            String sealed = keys.seal(id, keys.open(id, row.getString(1), row.getString(2)));
            done +=
                tx.query(
                        "UPDATE coupon SET code_key_id = ?, code_key = ?"
                            + " WHERE id = ? AND code_key_id = ?",
                        keys.current(),
                        sealed,
                        id,
                        row.getString(1))
                    .rowCount();
          }
          return done;
        });
  }
}
