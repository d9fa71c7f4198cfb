package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.firstcome.local.LocalPaymentProvider;
import io.firstcome.redis.Script;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Orders whose replica is killed, freezes for longer than its turn lasts, or never gets a reply, at
 * every step and every undoing of one, before and after its effect: each is confirmed and paid
 * once, or nothing is taken and nothing paid. What a frozen replica had sent arrives when it wakes.
 */
@Tag("chaos")
@Timeout(240)
class OrderCrashIT {

  private static final Duration IN_TIME = Duration.ofSeconds(60);

  /** Every fault at every point; otherwise killed replicas alone, which is a third of it. */
  private static final boolean ALL = "all".equals(System.getProperty("crashes"));

  private static final String CHANGE_UNITS = Script.named("claim-change").sha();
  private static final String SETTLE = Script.named("stock-settle").sha();

  /** What the replica is at, and the text by which its call is known. */
  enum Point {
    RESERVE("CONFIRMED", Script.named("stock-reserve").sha()),
    CHARGE("CONFIRMED", "\"CHARGE\""),
    REDEEM("CONFIRMED", CHANGE_UNITS, "\r\nredeem\r\n"),
    CONFIRM("CONFIRMED", SETTLE, "\r\nconfirm\r\n"),
    UNREDEEM("CANCELLED", CHANGE_UNITS, "\r\nunredeem\r\n"),
    REFUND("CANCELLED", "\"REFUND\""),
    CANCEL("CANCELLED", SETTLE, "\r\ncancel\r\n"),
    UNSELL("REFUNDED", Script.named("stock-change").sha(), "\r\nundo\r\n");

    private final String end;
    private final String[] texts;

    Point(String end, String... texts) {
      this.end = end;
      this.texts = texts;
    }

    private boolean isAtProvider() {
      return this == CHARGE || this == REFUND;
    }
  }

  enum Fault {
    KILL,
    FREEZE,
    LOSE
  }

  private static Site site;
  private static LocalPaymentProvider provider;
  private static Trap redis;
  private static Trap payments;
  private static Replica survivor;
  private static Replica victim;
  private static int cases;

  private String user;
  private String sale;
  private String coupon;

  @BeforeAll
  static void open() throws IOException {
    provider = LocalPaymentProvider.start();
    site =
        new Site(OrderCrashIT.class)
            .with("firstcome.payment.http.url", provider.url())
            .with("firstcome.payment.http.token", LocalPaymentProvider.TOKEN)
            .with("firstcome.payment.http.callback-secret", LocalPaymentProvider.CALLBACK_SECRET)
            .with("firstcome.payment.http.try-timeout", "3s");
    redis = new Trap(URI.create(site.servers().redis().uri()).getPort());
    payments = new Trap(URI.create(provider.url()).getPort());
    survivor = site.launch("survivor", Map.of());
    survivor.awaitListening();
    // So that the first call of each does what it is for.
    for (String script : List.of("stock-reserve", "claim-change", "stock-settle", "stock-change")) {
      site.servers().load(Script.named(script));
    }
  }

  @AfterAll
  static void close() {
    try (Trap closed = redis;
        Trap closedToo = payments) {
      site.close();
    }
  }

  /** A sale with one unit, and a user with a coupon. */
  @BeforeEach
  void offer() {
    run(Map.of());
    user = "user-" + ++cases;
    sale = "shop-" + cases;
    coupon = site.coupon(1);
    operate(
        "/sales", "{\"id\":\"%s\",\"name\":\"A shop\",\"currency\":\"EUR\"}".formatted(sale), 201);
    operate(
        "/sales/" + sale + "/items",
        "{\"id\":\"a\",\"name\":\"An item\",\"quantity\":1,\"price\":100}",
        201);
    assertThat(at(survivor).claim(0, coupon, user).join().status()).isEqualTo(201);
  }

  /** Sees to it that the victim runs. */
  private static void run(Map<String, String> settings) {
    if (victim != null && victim.isRunning() && settings.isEmpty()) {
      return;
    }
    Map<String, String> own = new HashMap<>(settings);
    own.put("quarkus.redis.hosts", "redis://127.0.0.1:" + redis.port());
    own.put("firstcome.payment.http.url", "http://127.0.0.1:" + payments.port());
    victim = site.launch("victim-" + System.nanoTime(), own);
    victim.awaitListening();
  }

  static Stream<Arguments> points() {
    List<Arguments> all = new ArrayList<>();
    for (Point point : Point.values()) {
      for (Trap.At at : Trap.At.values()) {
        for (Fault fault : ALL ? Fault.values() : new Fault[] {Fault.KILL}) {
          all.add(Arguments.of(point, at, fault));
        }
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("points")
  void anOrderTakesEverythingOnceOrNothing(Point point, Trap.At at, Fault fault) throws Exception {
    Trap trap = point.isAtProvider() ? payments : redis;
    CompletableFuture<Answer> placed = lead(point, at, trap);
    for (int more = 5; placed == null && more > 0; more--) {
      redis.disarm();
      payments.disarm();
      offer();
      placed = lead(point, at, trap);
    }
    assertThat(placed).as("an order whose step is done by the victim").isNotNull();

    switch (fault) {
      case KILL -> {
        victim.kill();
        trap.lose();
        end(point);
      }
      case FREEZE -> {
        victim.suspend();
        end(point);
        victim.resume();
        trap.release();
        // Late as it is, what it had sent has arrived by then.
        placed.handle((answer, failure) -> "answered").get(30, TimeUnit.SECONDS);
      }
      case LOSE -> {
        trap.lose();
        end(point);
      }
    }

    await()
        .atMost(IN_TIME)
        .untilAsserted(
            () -> {
              boolean confirmed = point.end.equals("CONFIRMED");
              assertThat(orders(point.end)).isEqualTo(1);
              assertThat(units()).isEqualTo(confirmed ? "0 0 1" : "1 0 0");
              assertThat(money()).isEqualTo(confirmed ? 100 : 0);
              assertThat(redeemed()).isEqualTo(confirmed ? 1 : 0);
            });
    assertThat(number("SELECT COUNT(*) FROM orders WHERE user_id = ?")).isEqualTo(1);
  }

  /**
   * Brings an order to this point at the victim, where it stops.
   *
   * @return null if the other replica has taken the order over: on a busy machine the victim may
   *     not be in time
   */
  private CompletableFuture<Answer> lead(Point point, Trap.At at, Trap trap) throws Exception {
    CompletableFuture<Void> there;
    CompletableFuture<Answer> placed;
    if (point.end.equals("CONFIRMED")) {
      there = trap.arm(at, point.texts);
      placed = order(victim);
    } else if (point == Point.UNSELL) {
      assertThat(order(victim).join().status()).isEqualTo(201);
      there = trap.arm(at, point.texts);
      placed =
          at(victim)
              .send(
                  0,
                  "/orders/" + one("SELECT id FROM orders WHERE user_id = ?") + "/refund",
                  "operator",
                  "admin",
                  "k",
                  "{\"reason\":\"Returned\"}");
    } else {
      CompletableFuture<Void> redeeming = redis.arm(Trap.At.BEFORE, Point.REDEEM.texts);
      placed = order(victim);
      if (!isReached(redeeming, point)) {
        return null;
      }
      if (point == Point.CANCEL) {
        redeemFor("another");
      } else {
        operate(
            "/sales/%s/reservations/%s/cancel"
                .formatted(sale, one("SELECT reservation_id FROM orders WHERE user_id = ?")),
            "",
            200);
      }
      there = trap.arm(at, point.texts);
      redis.release();
    }
    return isReached(there, point) ? placed : null;
  }

  private boolean isReached(CompletableFuture<Void> there, Point point) {
    await().atMost(IN_TIME).until(() -> there.isDone() || orders(point.end) == 1);
    return there.isDone();
  }

  /** Waits for the end of the order; before it is written down only its user can bring it there. */
  private void end(Point point) {
    if (point == Point.RESERVE) {
      Answer again = order(survivor).join();
      assertThat(again.status()).as("%s", again).isEqualTo(201);
    }
    await(point + " of " + user)
        .atMost(IN_TIME)
        .until(() -> number("SELECT COUNT(*) FROM orders WHERE user_id = ? AND step IS NULL") == 1);
  }

  /** Nothing is paid, and nobody asks again: what is held ends by itself. */
  @Test
  void aHoldWithoutAnOrderEndsByItself() throws Exception {
    victim.kill();
    run(Map.of("firstcome.order.hold", "3s", "firstcome.order.charge-time", "1s"));
    lead(Point.RESERVE, Trap.At.AFTER, redis);
    victim.kill();
    redis.lose();
    assertThat(units()).isEqualTo("0 1 0");

    await().atMost(IN_TIME).untilAsserted(() -> assertThat(units()).isEqualTo("1 0 0"));
    assertThat(number("SELECT COUNT(*) FROM orders WHERE user_id = ?")).isZero();
  }

  /** It woke and used the coupon for an order that was cancelled long ago. */
  @Test
  void aFrozenReplicaUsesNoCouponForAnOrderThatIsOver() throws Exception {
    CompletableFuture<Answer> placed = lead(Point.REDEEM, Trap.At.BEFORE, redis);
    victim.suspend();
    redeemFor("another");
    end(Point.REDEEM);
    operate(
        "/coupons/" + coupon + "/redemptions/undo",
        "{\"userId\":\"%s\",\"orderReference\":\"another\",\"reason\":\"A test\"}".formatted(user),
        200);

    victim.resume();
    redis.release();
    placed.get(30, TimeUnit.SECONDS);

    await().atMost(IN_TIME).until(() -> site.servers().ledgerEntries(coupon) == 0);
    assertThat(orders("CANCELLED")).isEqualTo(1);
    assertThat(number("SELECT COUNT(*) FROM claim WHERE user_id = ? AND state = 'redeemed'"))
        .isZero();
    assertThat(money()).isZero();
    assertThat(units()).isEqualTo("1 0 0");
    // Whoever owns it can still use it.
    redeemFor("a-third");
  }

  private void redeemFor(String reference) {
    operate(
        "/coupons/" + coupon + "/redemptions",
        "{\"userId\":\"%s\",\"orderReference\":\"%s\"}".formatted(user, reference),
        201);
  }

  private CompletableFuture<Answer> order(Replica replica) {
    return at(replica)
        .send(
            0,
            "/orders",
            user,
            "",
            "k",
            """
            {"saleId":"%s","items":[{"itemId":"a","quantity":1}],"couponId":"%s",
             "payment":{"provider":"HTTP"}}\
            """
                .formatted(sale, coupon));
  }

  private static Gateway at(Replica replica) {
    return Gateway.of(List.of(replica), Site.SECRET);
  }

  private static void operate(String path, String body, int status) {
    Answer answer = at(survivor).operate(0, "POST", path, body);
    assertThat(answer.status()).as("%s", answer).isEqualTo(status);
  }

  private long orders(String state) {
    return number("SELECT COUNT(*) FROM orders WHERE user_id = ? AND state = '" + state + "'");
  }

  /** By orders; those that others redeem are named by words. */
  private long redeemed() {
    return number(
        "SELECT COUNT(*) FROM claim k JOIN orders o ON o.id = k.reference WHERE k.user_id = ?"
            + " AND k.state = 'redeemed'");
  }

  /** {@code available held sold} of the item, by Redis. */
  private String units() throws IOException {
    JsonNode item =
        new ObjectMapper()
            .readTree(at(survivor).read(0, "/api/v1/sales/" + sale + "/items/a").body());
    return item.get("available") + " " + item.get("held") + " " + item.get("sold");
  }

  /** What the provider has taken from the user, by its own book. */
  private long money() throws IOException, InterruptedException {
    long sum = 0;
    for (String payment :
        site.servers()
            .texts(
                "SELECT CONCAT(id, ' ', kind, ' ', amount) FROM payment WHERE user_id = ?", user)) {
      String[] words = payment.split(" ");
      HttpRequest book =
          HttpRequest.newBuilder(URI.create(provider.url() + "/book/" + words[0])).build();
      String moved =
          HttpClient.newHttpClient().send(book, BodyHandlers.ofString()).body().split(" ")[1];
      sum +=
          Long.parseLong(moved) * Long.parseLong(words[2]) * (words[1].equals("CHARGE") ? 1 : -1);
    }
    return sum;
  }

  private long number(String sql) {
    return site.servers().number(sql, user);
  }

  private String one(String sql) {
    return site.servers().texts(sql, user).get(0);
  }
}
