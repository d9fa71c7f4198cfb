package io.firstcome.payment.wallet;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.mysql.RealMySql;
import io.firstcome.payment.model.PaymentConfig;
import io.firstcome.redis.RealRedis;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What money there is follows from its entries; whoever changes one without the other is seen. */
class WalletAuditTest {

  private final RealMySql mysql = RealMySql.shared();
  private final Wallets wallets = new Wallets();
  private final WalletAudit audit =
      new WalletAudit(
          mysql.transactions(),
          RealRedis.shared().scripts(),
          new SmallRyeConfigBuilder()
              .addDiscoveredConverters()
              .withMapping(PaymentConfig.class)
              .build()
              .getConfigMapping(PaymentConfig.class),
          new SimpleMeterRegistry());

  @Test
  void aBalanceThatIsNotTheSumOfItsEntriesIsFound() {
    long before = audit.compare();
    String user = "u-" + UUID.randomUUID();
    // More than a page, so that it goes on after the first.
    for (int i = 0; i < 600; i++) {
      credit(user + i, 10 + i);
    }
    assertThat(audit.compare()).isEqualTo(before);

    mysql.sql("UPDATE wallet SET balance = balance + 1 WHERE user_id = ?", user + 0);
    mysql.sql("DELETE FROM wallet_entry WHERE user_id = ?", user + 599);

    assertThat(audit.compare()).isEqualTo(before + 2);
    mysql.sql("UPDATE wallet SET balance = balance - 1 WHERE user_id = ?", user + 0);
    mysql.sql("UPDATE wallet SET balance = 0 WHERE user_id = ?", user + 599);
    assertThat(audit.compare()).isEqualTo(before);
  }

  private void credit(String user, long amount) {
    mysql.transactions().run(tx -> wallets.credit(tx, user, "k", amount, "EUR", "operator"));
  }
}
