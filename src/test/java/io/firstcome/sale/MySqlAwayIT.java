package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.firstcome.local.LocalMySql;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** MySQL is away in mid-sale: claims go on, and it gets them when it is back. */
@Timeout(120)
class MySqlAwayIT {
  private static final int REPLICAS = 2;
  private static final int UNITS = 1_000;
  private static final String ENTRIES = "firstcome_ledger_entries";
  private static final String OLDEST = "firstcome_ledger_oldest_seconds";

  private static Site site;

  @BeforeAll
  static void open() {
    site = new Site(MySqlAwayIT.class).run(REPLICAS);
  }

  @AfterAll
  static void close() {
    site.close();
  }

  @Test
  void claimsGoOnWhileMySqlIsStopped() throws InterruptedException {
    LocalMySql mysql = site.servers().mysql();
    claimsGoOn(mysql::stop, mysql::startAgain);
  }

  /** Connections stay open and nothing answers, as behind a network that drops packets. */
  @Test
  void claimsGoOnWhileMySqlHangs() throws InterruptedException {
    LocalMySql mysql = site.servers().mysql();
    claimsGoOn(mysql::suspend, mysql::resume);
  }

  private static void claimsGoOn(Runnable goes, Runnable comesBack) throws InterruptedException {
    Sale sale = site.sale(site.coupon(UNITS), 1_500).letIn(200);
    site.awaitHolders(sale, 50);
    goes.run();
    try {
      sale.letIn(500);
      site.awaitAnswered(sale, 700);
      assertThat(sale.held()).as(sale::toString).hasSize(700);
      assertThat(sale.answers("503")).as(sale::toString).isZero();
      assertThat(site.servers().undrainedClaims(sale.couponId())).isGreaterThanOrEqualTo(500);
      lagIsSeen(sale.couponId());
      readyAndSaysThatMySqlIs(false);
    } finally {
      comesBack.run();
    }
    sale.letAllIn();
    site.awaitEnd(sale);
    Audit.soldOut(site.servers(), sale, UNITS);
    readyAndSaysThatMySqlIs(true);
    await("no lag").untilAsserted(() -> assertThat(site.metric(ENTRIES, sale.couponId())).isZero());
  }

  private static void lagIsSeen(String couponId) {
    await("entries behind")
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(site.metric(ENTRIES, couponId))
                    .isPositive()
                    .isEqualTo(site.servers().ledgerEntries(couponId)));
    double oldest = site.metric(OLDEST, couponId);
    await("growing age")
        .untilAsserted(() -> assertThat(site.metric(OLDEST, couponId)).isGreaterThan(oldest + 0.5));
  }

  private static void readyAndSaysThatMySqlIs(boolean reachable) {
    for (int i = 0; i < REPLICAS; i++) {
      Answer readiness = site.gateway().manage(i, "/q/health/ready");
      assertThat(readiness.status()).as("%s", readiness).isEqualTo(200);
      assertThat(readiness.body()).containsPattern("\"reachable\"\\s*:\\s*" + reachable);
    }
  }
}
