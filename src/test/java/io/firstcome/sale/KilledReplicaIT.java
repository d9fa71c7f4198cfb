package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The replica that drains the ledger dies, or sleeps, in mid-sale. */
@Timeout(120)
class KilledReplicaIT {
  /** Its lease lasts 3 s; the others wait for its end and look at once. */
  private static final Duration TAKEN_OVER_WITHIN = Duration.ofSeconds(10);

  private static final int UNITS = 1_000;

  private static Site site;

  @BeforeAll
  static void open() {
    site = new Site(KilledReplicaIT.class);
  }

  @AfterAll
  static void close() {
    site.close();
  }

  @BeforeEach
  void threeReplicas() {
    site.run(3);
  }

  @Test
  void whatAKilledReplicaAcknowledgedIsWrittenByAnotherWithinSeconds() throws InterruptedException {
    Sale sale = site.sale(site.coupon(UNITS), 1_500).letIn(700);
    site.awaitHolders(sale, 200);
    Replica drainer = site.drainer(sale.couponId());
    String lease = site.servers().drainLease(sale.couponId());
    drainer.kill();
    sale.letAllIn();
    awaitTakenOver(sale, lease);
    site.awaitEnd(sale);
    Audit.soldOut(site.servers(), sale, UNITS);
  }

  @Test
  void aReplicaThatSleptLongerThanItsLeaseChangesNothingWhenItWakesUp()
      throws InterruptedException {
    Sale sale = site.sale(site.coupon(UNITS), 1_500).letIn(700);
    site.awaitHolders(sale, 200);
    Replica drainer = site.drainer(sale.couponId());
    String lease = site.servers().drainLease(sale.couponId());
    drainer.suspend();
    try {
      awaitTakenOver(sale, lease);
    } finally {
      drainer.resume();
    }
    sale.letAllIn();
    site.awaitEnd(sale);
    Audit.soldOut(site.servers(), sale, UNITS);
  }

  private static void awaitTakenOver(Sale sale, String lease) {
    assertThat(lease).isNotEmpty();
    await("another drainer")
        .atMost(TAKEN_OVER_WITHIN)
        .until(
            () -> site.servers().drainLease(sale.couponId()),
            now -> !now.isEmpty() && !now.equals(lease));
  }
}
