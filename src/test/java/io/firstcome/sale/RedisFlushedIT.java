package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Redis forgets, in part or all of it, in mid-sale. */
@Timeout(120)
class RedisFlushedIT {
  private static final int REPLICAS = 4;
  private static final int UNITS = 1_000;

  /** What may have been issued and is not known is to be had again. */
  private static final String REISSUE = ",\"onLoss\":\"REISSUE\"";

  private static Site site;

  @BeforeAll
  static void open() {
    site = new Site(RedisFlushedIT.class).run(REPLICAS);
  }

  @AfterAll
  static void close() {
    site.close();
  }

  @Test
  void forgottenScriptsAreSeenByNobody() throws InterruptedException {
    Sale sale = site.sale(site.coupon(UNITS), 1_500).letIn(900);
    for (int holders = 100; holders <= 500; holders += 100) {
      site.awaitHolders(sale, holders);
      site.servers().flushScripts();
    }
    sale.letAllIn();
    site.awaitEnd(sale);
    Audit.soldOut(site.servers(), sale, UNITS);
    assertThat(sale.answers("503")).as(sale::toString).isZero();
  }

  @Test
  void aFlushedRedisIsLoadedAgainAndTheSaleGoesOn() throws InterruptedException {
    Sale sale = pausedInMidSale();
    long epoch = site.servers().epoch(sale.couponId());
    site.servers().flushAll();
    sale.letAllIn();
    site.awaitEnd(sale);
    Audit.soldOut(site.servers(), sale, UNITS);
    assertThat(sale.answers("503 loading")).as(sale::toString).isPositive();
    assertThat(site.servers().epoch(sale.couponId())).isEqualTo(epoch + 1);
    holdersAreToldTheSameAgain(sale);
  }

  @Test
  void aRedisThatComesBackEmptyIsLoadedAgainAndTheSaleGoesOn() throws InterruptedException {
    Sale sale = pausedInMidSale();
    site.servers().redis().kill();
    try {
      sale.letIn(200);
      await("refusals").until(() -> sale.answers("503 redis-unavailable") >= 100);
      for (int i = 0; i < REPLICAS; i++) {
        assertThat(site.gateway().manage(i, "/q/health/ready").status()).isEqualTo(503);
      }
    } finally {
      site.servers().redis().startAgain();
    }
    sale.letAllIn();
    site.awaitEnd(sale);
    Audit.soldOut(site.servers(), sale, UNITS);
    holdersAreToldTheSameAgain(sale);
    for (int i = 0; i < REPLICAS; i++) {
      assertThat(site.gateway().manage(i, "/q/health/ready").status()).isEqualTo(200);
    }
  }

  /**
   * What Redis alone knew at that instant is lost with it, so some who were told that they hold a
   * unit hold none. All else stands: no number twice, and who holds one was told so.
   */
  @Test
  void aFlushInTheRushLosesNoMoreThanWasNotDrained() throws InterruptedException {
    Sale sale = site.sale(site.coupon(UNITS, REISSUE), 2_500).letIn(800);
    site.awaitHolders(sale, 300);
    site.servers().flushAll();
    sale.letAllIn();
    site.awaitEnd(sale);
    assertThat(sale.surprises()).as(sale::toString).isEmpty();
    Audit.stores(site.servers(), sale.couponId(), UNITS);
    assertThat(sale.held()).containsAllEntriesOf(site.servers().claims(sale.couponId()));
  }

  /** Units that may have been issued are not issued again: never are more users told of one. */
  @Test
  void unitsThatAreWithheldAreNeverIssuedToOthers() throws InterruptedException {
    Sale sale = site.sale(site.coupon(UNITS), 2_500).letIn(800);
    site.awaitHolders(sale, 300);
    site.servers().flushAll();
    sale.letAllIn();
    site.awaitEnd(sale);
    assertThat(sale.surprises()).as(sale::toString).isEmpty();
    assertThat(sale.held()).as(sale::toString).hasSizeLessThanOrEqualTo(UNITS);
    Audit.awaitDrained(site.servers(), sale.couponId());
    int known = site.servers().claims(sale.couponId()).size();
    String view = site.gateway().read(0, "/api/v1/coupons/" + sale.couponId()).body();
    assertThat(view)
        .contains("\"issued\":" + known, "\"withheld\":" + (UNITS - known), "\"remaining\":0");
  }

  @Test
  void itIsLoadedOnceHoweverManyAskAtOnce() {
    String coupon = site.coupon(UNITS);
    Gateway gateway = site.gateway();
    Holding held = gateway.claim(0, coupon, "alice").join().holding("alice");
    for (long loads = 1; loads <= 3; loads++) {
      Audit.awaitDrained(site.servers(), coupon);
      long epoch = site.servers().epoch(coupon);
      site.servers().flushAll();
      List<CompletableFuture<Answer>> asked = new ArrayList<>();
      for (int i = 0; i < 20 * REPLICAS; i++) {
        asked.add(gateway.claim(i % REPLICAS, coupon, "alice"));
      }
      asked.forEach(CompletableFuture::join);
      for (int i = 0; i < REPLICAS; i++) {
        int replica = i;
        await("replica " + i)
            .atMost(Duration.ofSeconds(10))
            .untilAsserted(
                () -> {
                  Answer answer = gateway.claim(replica, coupon, "alice").join();
                  assertThat(answer.isClaim()).as(answer.label()).isTrue();
                  assertThat(answer.holding("alice")).isEqualTo(held);
                });
      }
      assertThat(site.servers().epoch(coupon)).isEqualTo(epoch + 1);
    }
  }

  /** A sale of which MySQL has all that was decided, with more to come. */
  private static Sale pausedInMidSale() {
    Sale sale = site.sale(site.coupon(UNITS, REISSUE), 1_500).letIn(500);
    site.awaitAnswered(sale, 500);
    Audit.awaitDrained(site.servers(), sale.couponId());
    return sale;
  }

  private static void holdersAreToldTheSameAgain(Sale sale) {
    Gateway gateway = site.gateway();
    Map<String, CompletableFuture<Answer>> asked = new HashMap<>();
    sale.held().keySet().stream()
        .limit(100)
        .forEach(
            user -> asked.put(user, gateway.claim(asked.size() % REPLICAS, sale.couponId(), user)));
    asked.forEach(
        (user, answer) -> {
          assertThat(answer.join().label()).isEqualTo("409 already-claimed");
          assertThat(answer.join().holding(user)).isEqualTo(sale.held().get(user));
        });
  }
}
