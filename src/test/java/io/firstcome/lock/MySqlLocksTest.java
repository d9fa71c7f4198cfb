package io.firstcome.lock;

import io.firstcome.mysql.RealMySql;
import io.vertx.mutiny.sqlclient.Pool;
import java.time.Duration;

/** Locks in MySQL. */
class MySqlLocksTest extends AbstractLocksTest {

  private static final RealMySql MYSQL = RealMySql.shared();

  @Override
  LockStore store() {
    return new MySqlLockStore(Pool.newInstance(MYSQL.pool()), MYSQL.calls(), Duration.ofMillis(20));
  }

  @Override
  void forget() {
    MYSQL.sql("DELETE FROM named_lock WHERE name = ?", name);
  }

  @Override
  int alreadyHeld() {
    return MYSQL
        .sql(
            "SELECT COUNT(*) FROM named_lock WHERE expires_at > UTC_TIMESTAMP(6)"
                + " AND INSTR(name, ':') = 0")
        .get(0)
        .getInteger(0);
  }
}
