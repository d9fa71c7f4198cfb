package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Redis is killed in the rush, and comes back with all that it had written. */
@Timeout(120)
class RedisRestartedIT {
  private static final int REPLICAS = 2;
  private static final int UNITS = 1_000;

  private static Site site;

  @BeforeAll
  static void open() {
    site =
        new Site(RedisRestartedIT.class, "--appendonly", "yes", "--appendfsync", "always")
            .run(REPLICAS);
  }

  @AfterAll
  static void close() {
    site.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"REDIS", "DATABASE"})
  void whatItHadIsVerifiedAndTheSaleGoesOnWhereItWas(String level) throws InterruptedException {
    Sale sale = site.sale(coupon(level), 1_500).letIn(800);
    site.awaitHolders(sale, 300);
    long epoch = site.servers().epoch(sale.couponId());
    site.servers().redis().kill();
    site.servers().redis().startAgain();
    sale.letAllIn();
    site.awaitEnd(sale);
    Audit.soldOut(site.servers(), sale, UNITS);
    assertThat(site.servers().epoch(sale.couponId())).isEqualTo(epoch + 1);
    assertThat(site.servers().gaps(sale.couponId())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"REDIS", "DATABASE"})
  void withBothAwayNothingIsTakenAndNothingIsLost(String level) throws InterruptedException {
    Sale sale = site.sale(coupon(level), 1_500).letIn(800);
    site.awaitHolders(sale, 300);
    site.servers().mysql().kill();
    site.servers().redis().kill();
    site.servers().redis().startAgain();
    site.servers().mysql().startAgain();
    sale.letAllIn();
    site.awaitEnd(sale);
    Audit.soldOut(site.servers(), sale, UNITS);
    assertThat(site.servers().gaps(sale.couponId())).isEmpty();
  }

  private static String coupon(String level) {
    return site.coupon(UNITS, ",\"acknowledge\":\"" + level + "\"");
  }
}
