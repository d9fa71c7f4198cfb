package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Four processes are one service. */
@Timeout(120)
class FourReplicasIT {
  private static final int REPLICAS = 4;

  private static Site site;
  private static Gateway gateway;

  @BeforeAll
  static void open() {
    site = new Site(FourReplicasIT.class).run(REPLICAS);
    gateway = site.gateway();
  }

  /** Nothing went wrong, so nothing may look as if it had. */
  @AfterAll
  static void close() {
    try {
      assertThat(site.replicas()).allSatisfy(r -> assertThat(r.complaints()).isEmpty());
    } finally {
      site.close();
    }
  }

  @Test
  void aThousandUnitsGoToTheFirstThousandOfFiveThousandUsers() throws InterruptedException {
    Sale sale = site.sale(site.coupon(1_000), 5_000).letAllIn();
    site.awaitEnd(sale);
    Audit.soldOut(site.servers(), sale, 1_000);
    assertThat(sale.refused()).hasSize(4_000);
    assertThat(sale.answers("503")).as(sale::toString).isZero();
  }

  @ParameterizedTest(name = "{0} left and {1} users")
  @CsvSource({"1, 3", "1, 64", "100, 1000"})
  void theFirstOfSoManyUsersGetWhatIsLeft(int units, int users) throws InterruptedException {
    Sale sale = site.sale(site.coupon(units), users).letAllIn();
    site.awaitEnd(sale);
    Audit.soldOut(site.servers(), sale, units);
    assertThat(sale.refused()).hasSize(users - units);
    assertThat(sale.answers("503")).as(sale::toString).isZero();
  }

  @Test
  void theLastUnitOfACouponGoesToOneOfThree() throws InterruptedException {
    String coupon = site.coupon(5);
    for (int i = 0; i < 4; i++) {
      assertThat(gateway.claim(i, coupon, "before-" + i).join().label()).isEqualTo("201");
    }
    List<String> answers =
        IntStream.range(0, 3).mapToObj(i -> gateway.claim(i, coupon, "last-" + i)).toList().stream()
            .map(asked -> asked.join().label())
            .toList();
    assertThat(answers).containsExactlyInAnyOrder("201", "409 sold-out", "409 sold-out");
    Audit.stores(site.servers(), coupon, 5);
  }

  @RepeatedTest(10)
  void oneUserFiveTimesAtOnceGetsOneUnitAndFourTimesTheSameAnswer() {
    String coupon = site.coupon(10);
    List<CompletableFuture<Answer>> asked =
        IntStream.range(0, 5).mapToObj(i -> gateway.claim(i % REPLICAS, coupon, "alice")).toList();
    List<Answer> answers = asked.stream().map(CompletableFuture::join).toList();
    assertThat(answers)
        .extracting(Answer::label)
        .containsExactlyInAnyOrder(
            "201",
            "409 already-claimed",
            "409 already-claimed",
            "409 already-claimed",
            "409 already-claimed");
    assertThat(answers).extracting(answer -> answer.holding("alice")).containsOnly(holding(coupon));
    Audit.stores(site.servers(), coupon, 1);
  }

  private static Holding holding(String coupon) {
    return site.servers().claimants(coupon).get("alice");
  }

  @Test
  void aCouponCreatedOnOneIsAtOnceKnownToAllAlsoToThoseWhoKnewItMissing() {
    String id = "not-yet";
    for (int i = 0; i < REPLICAS; i++) {
      assertThat(gateway.claim(i, id, "early").join().label()).isEqualTo("404 unknown-coupon");
    }
    Answer created =
        gateway.operate(
            2, "POST", "/coupons", "{\"id\":\"not-yet\",\"name\":\"Later\",\"quantity\":10}");
    assertThat(created.status()).as("%s", created).isEqualTo(201);
    for (int i = 0; i < REPLICAS; i++) {
      Answer claimed = gateway.claim(i, id, "user-of-" + i).join();
      assertThat(claimed.label()).as("replica %d", i).isEqualTo("201");
      Answer read = gateway.read(i, "/api/v1/coupons/" + id);
      assertThat(read.body()).contains("\"issued\":" + (i + 1) + ",");
    }
  }

  @Test
  void aPauseAndItsEndOnOneAreAtOnceSeenByAll() {
    String coupon = site.coupon(100);
    for (int i = 0; i < REPLICAS; i++) {
      assertThat(gateway.claim(i, coupon, "before-" + i).join().label()).isEqualTo("201");
    }
    assertThat(gateway.operate(1, "POST", "/coupons/" + coupon + "/pause", "").status())
        .isEqualTo(200);
    for (int i = 0; i < REPLICAS; i++) {
      assertThat(gateway.claim(i, coupon, "during-" + i).join().label()).isEqualTo("409 paused");
    }
    assertThat(gateway.operate(3, "POST", "/coupons/" + coupon + "/resume", "").status())
        .isEqualTo(200);
    for (int i = 0; i < REPLICAS; i++) {
      assertThat(gateway.claim(i, coupon, "during-" + i).join().label()).isEqualTo("201");
    }
    Audit.stores(site.servers(), coupon, 2 * REPLICAS);
  }

  @Test
  void moreUnitsOrderedAtOneAreAtOnceGivenOutByAll() {
    String coupon = site.coupon(1);
    assertThat(gateway.claim(0, coupon, "first").join().label()).isEqualTo("201");
    for (int i = 0; i < REPLICAS; i++) {
      assertThat(gateway.claim(i, coupon, "late-" + i).join().label()).isEqualTo("409 sold-out");
    }
    String more = "{\"quantity\":%d}".formatted(1 + REPLICAS);
    assertThat(gateway.operate(2, "PATCH", "/coupons/" + coupon, more).status()).isEqualTo(200);
    for (int i = 0; i < REPLICAS; i++) {
      assertThat(gateway.claim(i, coupon, "late-" + i).join().label()).isEqualTo("201");
    }
    Audit.stores(site.servers(), coupon, 1 + REPLICAS);
  }

  @RepeatedTest(5)
  void tenJoinsOfAUserAtOnceLeaveThemInTwoQueuesAtMost() {
    String event = "e-" + UUID.randomUUID();
    List<String> queues = IntStream.range(0, 3).mapToObj(i -> queue(event, 50)).toList();
    List<CompletableFuture<Answer>> asked =
        IntStream.range(0, 10)
            .mapToObj(i -> gateway.post(i % REPLICAS, entries(queues.get(i % 3)), "alice", ""))
            .toList();
    List<String> answers = asked.stream().map(one -> one.join().label()).toList();
    assertThat(answers.stream().filter("201"::equals)).hasSize(2);
    assertThat(answers).contains("409 too-many-entries");
    long waiting =
        queues.stream()
            .filter(
                queue ->
                    gateway.read(1, "/api/v1/queues/" + queue).body().contains("\"waiting\":1,"))
            .count();
    assertThat(waiting).isEqualTo(2);
  }

  @RepeatedTest(5)
  void staffWhoCallAndClickAtOnceFillFiftyPlacesAndCountEachOnce() {
    String queue = queue("e-" + UUID.randomUUID(), 50);
    String next = "/queues/" + queue + "/call-next";
    for (int i = 1; i <= 60; i++) {
      gateway.post(i % REPLICAS, entries(queue), "user-" + i, "").join();
    }
    assertThat(gateway.operate(0, "POST", next, "{\"count\":49}").status()).isEqualTo(200);
    for (int i = 1; i <= 49; i++) {
      List<CompletableFuture<Answer>> clicks = clicks(queue, "user-" + i, "enter");
      assertThat(clicks.stream().map(one -> one.join().status())).containsOnly(200);
    }
    List<String> called =
        IntStream.range(0, REPLICAS)
            .parallel()
            .mapToObj(i -> gateway.operate(i, "POST", next, "{\"count\":1}").body())
            .toList();
    assertThat(called.stream().filter(body -> body.contains("user-50"))).hasSize(1);
    assertThat(called.stream().filter(body -> body.equals("{\"called\":[]}")))
        .hasSize(REPLICAS - 1);
    List<CompletableFuture<Answer>> clicks = clicks(queue, "user-1", "complete");
    assertThat(clicks.stream().map(one -> one.join().status())).containsOnly(200);
    assertThat(gateway.read(3, "/api/v1/queues/" + queue).body())
        .contains("\"waiting\":10,\"called\":1,\"inside\":48");
  }

  /** The same click at every replica at once. */
  private static List<CompletableFuture<Answer>> clicks(String queue, String user, String move) {
    return IntStream.range(0, REPLICAS)
        .mapToObj(
            i -> gateway.post(i, entries(queue) + "/" + user + "/" + move, "staff", "service"))
        .toList();
  }

  private static String entries(String queue) {
    return "/queues/" + queue + "/entries";
  }

  private static String queue(String event, int capacity) {
    String id = "q-" + UUID.randomUUID();
    Answer created =
        gateway.operate(
            0,
            "POST",
            "/queues",
            "{\"id\":\"%s\",\"name\":\"A booth\",\"event\":\"%s\",\"capacity\":%d}"
                .formatted(id, event, capacity));
    assertThat(created.status()).as("%s", created).isEqualTo(201);
    return id;
  }
}
