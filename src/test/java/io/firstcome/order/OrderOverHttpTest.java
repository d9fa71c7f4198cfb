package io.firstcome.order;

import static io.firstcome.order.OrderApi.begin;
import static io.firstcome.order.OrderApi.body;
import static io.firstcome.order.OrderApi.cancel;
import static io.firstcome.order.OrderApi.cancelled;
import static io.firstcome.order.OrderApi.chargeOf;
import static io.firstcome.order.OrderApi.id;
import static io.firstcome.order.OrderApi.place;
import static io.firstcome.order.OrderApi.read;
import static io.firstcome.order.OrderApi.sale;
import static io.firstcome.order.OrderApi.settle;
import static io.firstcome.order.OrderApi.with;
import static io.firstcome.payment.PaymentApi.balance;
import static io.firstcome.payment.PaymentApi.behave;
import static io.firstcome.payment.PaymentApi.book;
import static io.firstcome.payment.PaymentApi.callBack;
import static io.firstcome.payment.PaymentApi.freshUser;
import static io.firstcome.payment.PaymentApi.userWith;
import static io.firstcome.stock.SaleApi.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.http.identity.Gateway;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.live.Watcher;
import io.firstcome.payment.PaymentApi;
import io.firstcome.stock.SaleApi;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An order is confirmed and paid once, or nothing is taken and nothing is paid. */
@QuarkusTest
class OrderOverHttpTest {

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String PENDING = "pending ".repeat(1_000).strip();

  @RegisterExtension static final Stores stores = new Stores();

  @ParameterizedTest
  @CsvSource({
    "HOT,WALLET",
    "HOT,HTTP",
    "OPTIMISTIC,WALLET",
    "PESSIMISTIC,HTTP",
    "CONDITIONAL,WALLET",
    "UNIT_ROWS,HTTP"
  })
  void anOrderHoldsChargesRedeemsAndConfirms(String strategy, String provider) {
    String user = userWith(10_000);
    String sale = sale(5, 1_999, strategy);
    OrderApi.item(sale, "b", 5, 0, strategy);
    String coupon = claimedBy(user);

    ValidatableResponse placed =
        place(user, "k", with(body(sale, Map.of("a", 2L, "b", 1L), provider), "couponId", coupon))
            .statusCode(201)
            .body("status", equalTo("CONFIRMED"))
            .body("userId", equalTo(user))
            .body("lines.itemId", contains("a", "b"))
            .body("lines.amount", contains(3_998, 0))
            .body("currency", equalTo("EUR"))
            .body("subtotal", equalTo(3_998))
            .body("discount", equalTo(0))
            .body("total", equalTo(3_998))
            .body("step", nullValue());
    String order = id(placed);
    placed.header("Location", OrderApi.ORDERS + "/" + order);

    assertThat(numbers(sale, "a")).isEqualTo("5 3 0 2");
    assertThat(balance(user)).isEqualTo(provider.equals("WALLET") ? 6_002 : 10_000);
    PaymentApi.read(chargeOf(order)).body("outcome", equalTo("SUCCEEDED"));
    if (provider.equals("HTTP")) {
      assertThat(book(chargeOf(order))).isEqualTo("1 1");
    }
    Api.ownClaim(coupon, user).body("state", equalTo("REDEEMED"));
    assertThat(steps(order)).isEqualTo("CHARGE DONE, CONFIRM DONE, REDEEM DONE, RESERVE DONE");

    place(user, "k", with(body(sale, Map.of("a", 2L, "b", 1L), provider), "couponId", coupon))
        .statusCode(201)
        .header("Idempotent-Replayed", "true")
        .body("id", equalTo(order));
    Problems.is(place(user, "k", body(sale, 1, provider)), ProblemType.IDEMPOTENCY_MISMATCH);
    assertThat(numbers(sale, "a")).isEqualTo("5 3 0 2");
  }

  @ParameterizedTest
  @CsvSource({"HOT,WALLET", "HOT,HTTP", "CONDITIONAL,HTTP"})
  void fiveAtOnceWithOneKeyPlaceOneOrder(String strategy, String provider) throws Exception {
    String user = userWith(1_000);
    String sale = sale(5, 300, strategy);
    String coupon = claimedBy(user);

    List<ValidatableResponse> all =
        atOnce(5, i -> place(user, "k", with(body(sale, 1, provider), "couponId", coupon)));

    String order = id(all.get(0));
    all.forEach(r -> r.statusCode(201).body("id", equalTo(order)));
    assertThat(all).filteredOn(r -> r.extract().header("Idempotent-Replayed") == null).hasSize(1);
    assertThat(numbers(sale, "a")).isEqualTo("5 4 0 1");
    if (provider.equals("HTTP")) {
      assertThat(book(chargeOf(order))).isEqualTo("1 1");
    } else {
      assertThat(balance(user)).isEqualTo(700);
    }
  }

  @Test
  void asManyOrdersAsThereAreUnits() throws Exception {
    String sale = sale(5, 100);
    List<String> users = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      users.add(userWith(100));
    }

    List<ValidatableResponse> all =
        atOnce(12, i -> place(users.get(i), "k", body(sale, 1, "WALLET")));

    List<Integer> statuses = all.stream().map(r -> r.extract().statusCode()).toList();
    assertThat(Collections.frequency(statuses, 201)).isEqualTo(5);
    all.stream()
        .filter(r -> r.extract().statusCode() != 201)
        .forEach(r -> Problems.is(r, ProblemType.INSUFFICIENT_STOCK));
    assertThat(numbers(sale, "a")).isEqualTo("5 0 0 5");
    assertThat(users.stream().mapToLong(user -> balance(user)).sum()).isEqualTo(700);
    // Who is refused leaves no row.
    assertThat(count("SELECT COUNT(*) FROM orders WHERE sale_id = ?", sale)).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"HOT", "OPTIMISTIC", "PESSIMISTIC", "CONDITIONAL", "UNIT_ROWS"})
  void aDeclinedPaymentGivesTheUnitsBack(String strategy) {
    String user = userWith(99);
    String sale = sale(5, 100, strategy);
    String coupon = claimedBy(user);

    ValidatableResponse declined =
        place(user, "k", with(body(sale, 1, "WALLET"), "couponId", coupon));

    Problems.is(declined, ProblemType.PAYMENT_DECLINED)
        .body("order.status", equalTo("CANCELLED"))
        .body("order.reason", equalTo("insufficient-funds"))
        .body("order.refusedStep", equalTo("CHARGE"));
    assertThat(numbers(sale, "a")).isEqualTo("5 5 0 0");
    assertThat(balance(user)).isEqualTo(99);
    Api.ownClaim(coupon, user).body("state", nullValue());
    assertThat(steps(cancelled(declined))).isEqualTo("CHARGE REFUSED, RESERVE UNDONE");
    Problems.is(
            place(user, "k", with(body(sale, 1, "WALLET"), "couponId", coupon)),
            ProblemType.PAYMENT_DECLINED)
        .header("Idempotent-Replayed", "true");
  }

  @Test
  void anOrderWhoseChargeIsNotKnownEndsWhenItIs() {
    String user = freshUser();
    String sale = sale(5, 100);
    behave(user, PENDING);

    String order =
        id(
            begin(user, "k", body(sale, 1, "HTTP"))
                .header("Location", startsWith(OrderApi.ORDERS))
                .body("status", equalTo("PENDING"))
                .body("step", equalTo("CHARGE")));

    assertThat(numbers(sale, "a")).isEqualTo("5 4 1 0");
    callBack(chargeOf(order), "SUCCEEDED", Instant.now()).statusCode(200);
    awaitStatus(order, "CONFIRMED");
    assertThat(numbers(sale, "a")).isEqualTo("5 4 0 1");
    place(user, "k", body(sale, 1, "HTTP")).statusCode(201).body("id", equalTo(order));
  }

  /** The coupon is used up between the charge and its turn. */
  @Test
  void aCouponThatIsRefusedGivesMoneyAndUnitsBack() {
    String user = freshUser();
    String sale = sale(5, 100);
    String coupon = claimedBy(user);
    behave(user, PENDING);
    String order = id(begin(user, "k", with(body(sale, 1, "HTTP"), "couponId", coupon)));
    SaleApi.service()
        .body(Map.of("userId", user, "orderReference", "elsewhere"))
        .post(Api.coupon(coupon) + "/redemptions")
        .then()
        .statusCode(201);
    behave(user, "");

    awaitStatus(order, "CANCELLED");

    read(order).body("reason", equalTo("already-redeemed")).body("refusedStep", equalTo("REDEEM"));
    PaymentApi.read(chargeOf(order)).body("refunded", equalTo(100));
    assertThat(numbers(sale, "a")).isEqualTo("5 5 0 0");
    assertThat(steps(order)).isEqualTo("CHARGE UNDONE, REDEEM REFUSED, RESERVE UNDONE");
    Problems.is(
        place(user, "k", with(body(sale, 1, "HTTP"), "couponId", coupon)),
        ProblemType.ORDER_CANCELLED);
    Problems.is(
        place(user, "k2", with(body(sale, 1, "HTTP"), "couponId", coupon)),
        ProblemType.ALREADY_REDEEMED);
  }

  /** Late success after the hold was given up. */
  @Test
  void aHoldThatIsGoneGivesMoneyAndCouponBack() {
    String user = freshUser();
    String sale = sale(5, 100);
    String coupon = claimedBy(user);
    behave(user, PENDING);
    ValidatableResponse placed = begin(user, "k", with(body(sale, 1, "HTTP"), "couponId", coupon));
    String order = id(placed);
    SaleApi.cancel(sale, placed.extract().jsonPath().getString("reservationId"), user)
        .statusCode(200);
    behave(user, "");

    awaitStatus(order, "CANCELLED");

    read(order).body("reason", equalTo("reservation-cancelled"));
    PaymentApi.read(chargeOf(order)).body("refunded", equalTo(100));
    Api.ownClaim(coupon, user).body("state", nullValue());
    assertThat(numbers(sale, "a")).isEqualTo("5 5 0 0");
    assertThat(steps(order))
        .isEqualTo("CHARGE UNDONE, CONFIRM REFUSED, REDEEM UNDONE, RESERVE UNDONE");
  }

  @Test
  void anOrderIsCancelledWhileItsChargeIsNotKnown() {
    String user = freshUser();
    String sale = sale(5, 100);
    behave(user, PENDING);
    String order = id(begin(user, "k", body(sale, 1, "HTTP")));

    cancel(user, order).statusCode(202).body("status", equalTo("PENDING"));
    behave(user, "");

    awaitStatus(order, "CANCELLED");
    read(order).body("reason", equalTo("cancelled")).body("refusedStep", nullValue());
    PaymentApi.read(chargeOf(order)).body("refunded", equalTo(100));
    assertThat(numbers(sale, "a")).isEqualTo("5 5 0 0");
    cancel(user, order).statusCode(200);
  }

  @Test
  void aConfirmedOrderIsNotCancelled() {
    String user = userWith(100);
    String order = id(place(user, "k", body(sale(1, 100), 1, "WALLET")).statusCode(201));

    Problems.is(cancel(user, order), ProblemType.ORDER_CONFIRMED).body("order.id", equalTo(order));
    Problems.is(cancel(freshUser(), order), ProblemType.UNKNOWN_ORDER);
  }

  /** It said that it was refunded, with the units still sold. */
  @Test
  void aRefundWhoseUnitsAreNotThereWaitsForAnOperator() {
    String user = userWith(100);
    String sale = sale(1, 100, "CONDITIONAL");
    String order = id(place(user, "k", body(sale, 1, "WALLET")).statusCode(201));
    String reservation = read(order).extract().path("reservationId");
    stores.sql("DELETE FROM reservation WHERE sale_id = ? AND id = ?", sale, reservation);

    OrderApi.refund(order).body("status", equalTo("REFUNDING"));

    read(order).body("blocked", equalTo("unknown-reservation")).body("step", equalTo("CONFIRM"));
    PaymentApi.read(chargeOf(order)).body("refunded", equalTo(0));
    settle(order, "ACCEPT").statusCode(200);
    awaitStatus(order, "REFUNDED");
    PaymentApi.read(chargeOf(order)).body("refunded", equalTo(100));
  }

  @Test
  void anOrderFromASaleBehindAQueueNeedsThePassOfItsUser() {
    String user = userWith(100);
    String room = "o-" + UUID.randomUUID();
    SaleApi.admin()
        .body(
            Map.of(
                "id",
                room,
                "name",
                "A room",
                "mode",
                "ROOM",
                "event",
                room,
                "capacity",
                5,
                "perSecond",
                100))
        .post("/api/v1/queues")
        .then()
        .statusCode(201);
    String sale = SaleApi.freshId();
    SaleApi.admin()
        .body(Map.of("id", sale, "name", "A sale", "currency", "EUR", "queue", room))
        .post(SaleApi.SALES)
        .then()
        .statusCode(201);
    OrderApi.item(sale, "a", 5, 100, "HOT");
    String entries = "/api/v1/queues/" + room + "/entries";
    SaleApi.as(user).post(entries).then().body("state", equalTo("INSIDE"));
    String pass =
        SaleApi.as(user).post(entries + "/" + user + "/pass").then().extract().path("pass");

    Problems.is(place(user, "k", body(sale, 1, "WALLET")), ProblemType.PASS_REQUIRED)
        .body("queueId", equalTo(room));
    Problems.is(
            place(
                SaleApi.as(userWith(100)).header("X-Queue-Pass", pass),
                "k",
                body(sale, 1, "WALLET")),
            ProblemType.PASS_REQUIRED)
        .body("reason", equalTo("other-user"));
    place(SaleApi.as(user).header("X-Queue-Pass", pass), "k", body(sale, 1, "WALLET"))
        .statusCode(201);
    // The order is there: its key tells it, with or without a pass.
    place(user, "k", body(sale, 1, "WALLET")).statusCode(201);
    // Services order for many.
    String served = userWith(100);
    SaleApi.as(served).post(entries).then().body("state", equalTo("INSIDE"));
    String own =
        SaleApi.as(served).post(entries + "/" + served + "/pass").then().extract().path("pass");
    place(
            SaleApi.service().header("X-Queue-Pass", own),
            served,
            with(body(sale, 1, "WALLET"), "userId", served))
        .statusCode(201);
  }

  @Test
  void anOrderFromASaleThatIsNotOpenTakesNothing() {
    String user = userWith(100);
    String sale = sale(5, 100);
    SaleApi.change(sale, "pause").statusCode(200);
    Problems.is(place(user, "k", body(sale, 1, "WALLET")), ProblemType.PAUSED);
    SaleApi.change(sale, "resume").statusCode(200);
    place(user, "k", body(sale, 1, "WALLET")).statusCode(201);
    SaleApi.change(sale, "close").statusCode(200);
    Problems.is(place(user, "k2", body(sale, 1, "WALLET")), ProblemType.CLOSED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RETRY", "ACCEPT"})
  void aRefundThatIsDeclinedWaitsForAnOperator(String action) {
    String user = freshUser();
    String sale = sale(5, 100);
    behave(user, PENDING);
    String order = id(begin(user, "k", body(sale, 1, "HTTP")));
    cancel(user, order).statusCode(202);
    behave(user, "succeed decline decline");

    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                read(order)
                    .body("status", equalTo("CANCELLING"))
                    .body("blocked", equalTo("card-expired")));
    SaleApi.admin()
        .get("/api/v1/admin/orders/blocked?limit=100")
        .then()
        .body("orders.id", hasItem(order));
    if (action.equals("RETRY")) {
      // The second one is declined, too.
      settle(order, "RETRY").statusCode(200).body("blocked", nullValue());
      await()
          .atMost(SOON)
          .untilAsserted(() -> read(order).body("blocked", equalTo("card-expired")));
      settle(order, "RETRY").statusCode(200);
    } else {
      settle(order, "ACCEPT").statusCode(200).body("step", equalTo("RESERVE"));
    }

    SaleApi.admin()
        .get("/api/v1/admin/history?type=order&action=settle&subject=" + order)
        .then()
        .body("changes.size()", equalTo(action.equals("RETRY") ? 2 : 1))
        .body("changes[0].outcome", equalTo("DONE"))
        .body("changes[0].before.blocked", equalTo("card-expired"))
        .body("changes[0].after.action", equalTo(action));

    awaitStatus(order, "CANCELLED");
    PaymentApi.read(chargeOf(order)).body("refunded", equalTo(action.equals("RETRY") ? 100 : 0));
    assertThat(numbers(sale, "a")).isEqualTo("5 5 0 0");
    Problems.is(settle(order, "ACCEPT"), ProblemType.ORDER_NOT_BLOCKED);
    Problems.is(settle("o" + "0".repeat(30), "RETRY"), ProblemType.UNKNOWN_ORDER);
  }

  @ParameterizedTest
  @CsvSource({"HOT,WALLET", "CONDITIONAL,HTTP", "UNIT_ROWS,WALLET"})
  void aRefundGivesEverythingBack(String strategy, String provider) {
    String user = userWith(1_000);
    String sale = sale(5, 100, strategy);
    String coupon = claimedBy(user);
    String order =
        id(place(user, "k", with(body(sale, 2, provider), "couponId", coupon)).statusCode(201));
    // A part was given back before: the rest is.
    PaymentApi.refund(chargeOf(order), "part", 50).statusCode(201);

    OrderApi.refund(order)
        .statusCode(200)
        .body("status", equalTo("REFUNDED"))
        .body("reason", equalTo("Returned"));

    assertThat(numbers(sale, "a")).isEqualTo("5 5 0 0");
    PaymentApi.read(chargeOf(order)).body("refunded", equalTo(200));
    assertThat(balance(user)).isEqualTo(1_000);
    Api.ownClaim(coupon, user).body("state", nullValue());
    assertThat(steps(order))
        .isEqualTo("CHARGE UNDONE, CONFIRM UNDONE, REDEEM UNDONE, RESERVE UNDONE");
    OrderApi.refund(order).statusCode(200);
    place(user, "k", with(body(sale, 2, provider), "couponId", coupon))
        .statusCode(201)
        .body("status", equalTo("REFUNDED"));
    String poor = userWith(1);
    String declined = cancelled(place(poor, "k", body(sale, 1, "WALLET")).statusCode(402));
    Problems.is(OrderApi.refund(declined), ProblemType.ORDER_NOT_CONFIRMED);
    Problems.is(
        SaleApi.as(user)
            .body(Map.of("reason", "I want it"))
            .post(OrderApi.ORDERS + "/" + order + "/refund")
            .then(),
        ProblemType.FORBIDDEN);
  }

  /** As a replica leaves it that dies behind the effect of a step. */
  @ParameterizedTest
  @ValueSource(strings = {"CHARGE", "REDEEM", "CONFIRM"})
  void anOrderWhoseReplicaDiedIsGoneOnWith(String step) {
    String user = userWith(1_000);
    String sale = sale(5, 100);
    String coupon = claimedBy(user);
    String order =
        id(place(user, "k", with(body(sale, 1, "WALLET"), "couponId", coupon)).statusCode(201));
    stores.sql(
        "UPDATE orders SET state = 'PENDING', step = ?, ended_at = NULL,"
            + " due_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE id = ?",
        step,
        order);
    stores.sql(
        "UPDATE order_step SET state = 'STARTED' WHERE order_id = ? AND step = ?", order, step);

    awaitStatus(order, "CONFIRMED");

    assertThat(balance(user)).isEqualTo(900);
    assertThat(numbers(sale, "a")).isEqualTo("5 4 0 1");
    assertThat(steps(order)).isEqualTo("CHARGE DONE, CONFIRM DONE, REDEEM DONE, RESERVE DONE");
  }

  /** Nobody has begun to charge, and the hold is over: whoever wakes later must not charge. */
  @Test
  void aChargeIsNotBegunWhenTheHoldIsGone() {
    String user = userWith(1_000);
    String sale = sale(5, 100);
    String other = id(place(user, "k", body(sale, 1, "WALLET")).statusCode(201));
    String reservation = SaleApi.reserved(sale, user, "mine", 1);
    String order = "o" + other.substring(2) + "f";
    stores.sql(
        "INSERT INTO orders (id, user_id, caller, idempotency_key, request, sale_id, provider,"
            + " currency, items, subtotal, discount, total, reservation_id, state, step, turn,"
            + " attempts, due_at, created_at, since) VALUES (?, ?, ?, 'k2', REPEAT('0', 64), ?,"
            + " 'WALLET', 'EUR', 'a:1:100', 100, 0, 100, ?, 'PENDING', 'CHARGE', 1, 0,"
            + " UTC_TIMESTAMP(6) + INTERVAL 1 HOUR, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
        order,
        user,
        user,
        sale,
        reservation);
    SaleApi.cancel(sale, reservation, user).statusCode(200);

    stores.sql("UPDATE orders SET due_at = UTC_TIMESTAMP(6) WHERE id = ?", order);

    awaitStatus(order, "CANCELLED");
    read(order).body("reason", equalTo("reservation-expired"));
    assertThat(balance(user)).isEqualTo(900);
    // It stands where the charge would be made.
    PaymentApi.read(chargeOf(order)).body("outcome", equalTo("DECLINED"));
  }

  @Test
  void whatTheClientExpectsToPayMustBeRight() {
    String user = userWith(10_000);
    String sale = sale(5, 1_999);

    Problems.is(
            place(user, "a", with(body(sale, 2, "WALLET"), "total", 3_997)),
            ProblemType.TOTAL_MISMATCH)
        .body("total", equalTo(3_998))
        .body("currency", equalTo("EUR"));
    Problems.is(
        place(user, "b", with(body(sale, 2, "WALLET"), "currency", "USD")),
        ProblemType.TOTAL_MISMATCH);
    assertThat(numbers(sale, "a")).isEqualTo("5 5 0 0");

    place(user, "a", with(with(body(sale, 2, "WALLET"), "total", 3_998), "currency", "EUR"))
        .statusCode(201);
  }

  @ParameterizedTest
  @CsvSource({
    // 10 % of 5,997 is 599.7
    "PERCENT, 10, 599",
    "PERCENT, 1, 59",
    "PERCENT, 100, 5997",
    "AMOUNT, 500, 500",
    "AMOUNT, 6000, 5997"
  })
  void aCouponTakesItsDiscountOff(String type, long value, int discount) {
    String user = userWith(5_997);
    String sale = sale(5, 1_999);
    String coupon = discounting(user, discount(type, value, "EUR", 5_997));

    place(user, "k", with(body(sale, 3, "WALLET"), "couponId", coupon))
        .statusCode(201)
        .body("subtotal", equalTo(5_997))
        .body("discount", equalTo(discount))
        .body("total", equalTo(5_997 - discount));

    assertThat(balance(user)).isEqualTo(discount);
    Api.ownClaim(coupon, user).body("state", equalTo("REDEEMED"));
  }

  @Test
  void aDiscountIsNotUsedUpForNothing() {
    String user = userWith(10_000);
    String sale = sale(5, 1_999);

    for (Map<String, Object> discount :
        List.of(discount("PERCENT", 10, "EUR", 4_000), discount("AMOUNT", 10, "USD", 1))) {
      String coupon = discounting(user, discount);
      Problems.is(
              place(user, coupon, with(body(sale, 2, "WALLET"), "couponId", coupon)),
              ProblemType.DISCOUNT_NOT_APPLICABLE)
          .body("subtotal", equalTo(3_998))
          .body("discount.type", equalTo(discount.get("type")));
      Api.ownClaim(coupon, user).body("state", nullValue());
    }
    assertThat(numbers(sale, "a")).isEqualTo("5 5 0 0");
  }

  /** An order keeps the discount that it was placed with, whatever Redis loses. */
  @Test
  void aDiscountIsChangedForLaterOrders() {
    String user = userWith(10_000);
    String sale = sale(5, 1_000);
    String coupon = discounting(user, discount("PERCENT", 10, "EUR", 1));
    Api.patch(coupon, Map.of("discount", Map.of("type", "PERCENT", "percent", 50)))
        .statusCode(200)
        .body("discount.percent", equalTo(50));
    stores.awaitDrained(coupon);
    stores.loseAll(coupon);
    await().atMost(SOON).until(() -> Api.read(coupon).extract().statusCode() == 200);

    place(user, "a", with(body(sale, 1, "WALLET"), "couponId", coupon))
        .statusCode(201)
        .body("discount", equalTo(500));
    Map<String, Object> none = new HashMap<>();
    none.put("discount", null);
    Api.patch(coupon, none).statusCode(200).body("discount", nullValue());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'type':'PERCENT'}",
        "{'percent':5}",
        "{'type':'PERCENT','percent':0}",
        "{'type':'PERCENT','percent':101}",
        "{'type':'PERCENT','percent':2.5}",
        "{'type':'PERCENT','percent':5,'amount':5}",
        "{'type':'PERCENT','percent':5,'minimumOrder':5}",
        "{'type':'AMOUNT','amount':5}",
        "{'type':'AMOUNT','amount':0,'currency':'EUR'}",
        "{'type':'AMOUNT','amount':-5,'currency':'EUR'}",
        "{'type':'AMOUNT','amount':1000000000001,'currency':'EUR'}",
        "{'type':'AMOUNT','amount':5,'currency':'QQQ'}",
        "{'type':'AMOUNT','amount':5,'currency':'eur'}",
        "{'type':'AMOUNT','amount':5,'currency':'EUR','minimumOrder':0}",
        "5",
        "'ten'"
      })
  void aDiscountThatMakesNoSenseIsRefused(String discount) {
    String json = discount.replace('\'', '"');
    Problems.is(
        Api.post("{\"name\":\"A coupon\",\"quantity\":1,\"discount\":" + json + "}"),
        ProblemType.MALFORMED);
    Problems.is(Api.patch(Api.create(1), "{\"discount\":" + json + "}"), ProblemType.MALFORMED);
  }

  @Test
  void whatIsFreeIsNotCharged() {
    String user = freshUser();
    String sale = sale(5, 0);

    String order =
        id(
            place(user, "k", body(sale, 2, "WALLET"))
                .statusCode(201)
                .body("total", equalTo(0))
                .body("payment.paymentId", nullValue()));

    assertThat(steps(order)).isEqualTo("CONFIRM DONE, RESERVE DONE");
    assertThat(numbers(sale, "a")).isEqualTo("5 3 0 2");
  }

  @Test
  void whatCannotBeOrderedIsRefusedBeforeAnythingIsTaken() {
    String user = userWith(1_000);
    String sale = sale(5, 100);
    String unpriced = SaleApi.sale(5);

    Problems.is(place(user, "a", body(unpriced, 1, "WALLET")), ProblemType.UNPRICED_ITEM)
        .body("itemId", equalTo("a"));
    Problems.is(place(user, "b", body(SaleApi.freshId(), 1, "WALLET")), ProblemType.UNKNOWN_SALE);
    Problems.is(place(user, "c", body(sale, Map.of("z", 1L), "WALLET")), ProblemType.UNKNOWN_ITEM);
    Problems.is(
        place(user, "d", with(body(sale, 1, "WALLET"), "couponId", Api.create(1))),
        ProblemType.NO_CLAIM);
    Problems.is(
        place(user, "e", with(body(sale, 1, "WALLET"), "couponId", Api.freshId())),
        ProblemType.UNKNOWN_COUPON);
    Problems.is(
        place(user, "f", with(body(sale, 1, "WALLET"), "userId", freshUser())),
        ProblemType.FORBIDDEN);
    assertThat(numbers(sale, "a")).isEqualTo("5 5 0 0");
    assertThat(balance(user)).isEqualTo(1_000);
  }

  @Test
  void whatCostsTooMuchIsRefused() {
    String user = freshUser();
    String sale = sale(1_000, 1_000_000_000_000L);

    for (long units : List.of(2L, 100L)) {
      Problems.is(place(user, "k", body(sale, units, "WALLET")), ProblemType.MALFORMED)
          .body("errors[0].field", equalTo("items"));
    }
    OrderApi.item(sale, "b", 10, 1, "HOT");
    Problems.is(
        place(user, "k", body(sale, Map.of("a", 1L, "b", 1L), "WALLET")), ProblemType.MALFORMED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "null",
        "[]",
        "{'saleId':'s','items':[],'payment':{'provider':'WALLET'}}",
        "{'saleId':'s','payment':{'provider':'WALLET'}}",
        "{'saleId':'S!','items':[{'itemId':'a','quantity':1}],'payment':{'provider':'WALLET'}}",
        "{'saleId':'s','items':[{'itemId':'a','quantity':0}],'payment':{'provider':'WALLET'}}",
        "{'saleId':'s','items':[{'itemId':'a','quantity':-1}],'payment':{'provider':'WALLET'}}",
        "{'saleId':'s','items':[{'itemId':'a','quantity':9223372036854775808}],"
            + "'payment':{'provider':'WALLET'}}",
        "{'saleId':'s','items':[{'itemId':'a','quantity':1.5}],'payment':{'provider':'WALLET'}}",
        "{'saleId':'s','items':[{'itemId':'a','quantity':1}]}",
        "{'saleId':'s','items':[{'itemId':'a','quantity':1}],'payment':{}}",
        "{'saleId':'s','items':[{'itemId':'a','quantity':1}],'payment':{'provider':'BARTER'}}",
        "{'saleId':'s','items':[{'itemId':'a','quantity':1}],'payment':{'provider':'WALLET'},"
            + "'total':-1}",
        "{'saleId':'s','items':[{'itemId':'a','quantity':1}],'payment':{'provider':'WALLET'},"
            + "'total':1.5}",
        "{'saleId':'s','items':[{'itemId':'a','quantity':1}],'payment':{'provider':'WALLET'},"
            + "'currency':'QQQ'}",
        "{'saleId':'s','items':[{'itemId':'a','quantity':1}],'payment':{'provider':'WALLET'},"
            + "'userId':'.'}",
        "{'saleId':'s','items':[{'itemId':'a','quantity':1}],'payment':{'provider':'WALLET'},"
            + "'couponId':'..'}"
      })
  void badInputIsRefused(String body) {
    Problems.is(place(freshUser(), "k", body.replace('\'', '"')), ProblemType.MALFORMED);
  }

  @Test
  void athousandAndOneLinesAreTooMany() {
    String user = freshUser();
    Map<String, Object> body = body(sale(5, 1), 1, "WALLET");
    Map<String, Object> line = Map.of("itemId", "a", "quantity", 1);

    Problems.is(
        place(user, "k", with(body, "items", Collections.nCopies(1_001, line))),
        ProblemType.MALFORMED);
    Problems.is(place(user, " ", body(sale(5, 1), 1, "WALLET")), ProblemType.MALFORMED);
  }

  @Test
  void ordersAreReadByTheirOwnersAndByServices() {
    String user = userWith(1_000);
    String sale = sale(5, 100);
    String first = id(place(user, "a", body(sale, 1, "WALLET")).statusCode(201));
    String second =
        id(
            place(SaleApi.service(), user, with(body(sale, 1, "WALLET"), "userId", user))
                .statusCode(201)
                .body("userId", equalTo(user)));

    SaleApi.as(user).get(OrderApi.ORDERS + "/" + first).then().statusCode(200);
    for (String other : List.of(first, "o1", "p" + first.substring(1))) {
      Problems.is(
          SaleApi.as(freshUser()).get(OrderApi.ORDERS + "/" + other).then(),
          ProblemType.UNKNOWN_ORDER);
    }
    long next =
        SaleApi.as(user)
            .get("/api/v1/me/orders?limit=1")
            .then()
            .body("orders.id", contains(second))
            .extract()
            .jsonPath()
            .getLong("next");
    SaleApi.as(user)
        .get("/api/v1/me/orders?limit=2&before=" + next)
        .then()
        .body("orders.id", contains(first))
        .body("next", nullValue());
  }

  @Test
  void anOrderIsWatchedByItsOwner() {
    String user = freshUser();
    behave(user, PENDING);
    String order = id(begin(user, "k", body(sale(5, 100), 1, "HTTP")));
    String live = OrderApi.ORDERS + "/" + order + "/live";
    Problems.is(SaleApi.as(freshUser()).get(live).then(), ProblemType.UNKNOWN_ORDER);

    List<String> headers = new ArrayList<>(List.of("X-User-Id", user));
    Gateway.headers().forEach((name, value) -> Collections.addAll(headers, name, value));
    try (Watcher watcher = new Watcher(live, headers.toArray(String[]::new))) {
      await().atMost(SOON).until(() -> watcher.events().size() == 1);
      assertThat(watcher.events().get(0)).contains("\"PENDING\"");
      behave(user, "");
      await()
          .atMost(SOON)
          .until(() -> watcher.events().stream().anyMatch(event -> event.contains("CONFIRMED")));
    }
  }

  @Test
  void anErasedUserIsInNoOrder() {
    String user = userWith(1_000);
    String order = id(place(user, "k", body(sale(5, 100), 1, "WALLET")).statusCode(201));

    SaleApi.admin()
        .delete("/api/v1/admin/users/" + user)
        .then()
        .statusCode(200)
        .body("erased.orders", equalTo(1));

    read(order).body("userId", startsWith("erased-"));
    assertThat(count("SELECT COUNT(*) FROM orders WHERE user_id = ? OR caller = ?", user, user))
        .isZero();
  }

  private static void awaitStatus(String order, String status) {
    await()
        .alias(order)
        .atMost(SOON)
        .untilAsserted(() -> read(order).body("status", equalTo(status)));
  }

  private static String claimedBy(String user) {
    String coupon = Api.create(5);
    Api.claim(coupon, user).statusCode(201);
    return coupon;
  }

  private static Map<String, Object> discount(
      String type, long value, String currency, long minimum) {
    return Map.of(
        "type",
        type,
        type.equals("PERCENT") ? "percent" : "amount",
        value,
        "currency",
        currency,
        "minimumOrder",
        minimum);
  }

  private static String discounting(String user, Map<String, Object> discount) {
    String coupon = Api.create(5, Map.of("discount", discount));
    Api.claim(coupon, user).statusCode(201);
    return coupon;
  }

  private static String steps(String order) {
    List<String> steps = new ArrayList<>();
    stores
        .sql(
            "SELECT CONCAT(step, ' ', state) FROM order_step WHERE order_id = ? ORDER BY step",
            order)
        .forEach(row -> steps.add(row.getString(0)));
    return String.join(", ", steps);
  }

  private static long count(String sql, Object... parameters) {
    return stores.sql(sql, parameters).iterator().next().getLong(0);
  }

  private static <T> List<T> atOnce(int callers, IntFunction<T> call) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(callers);
    try {
      List<Future<T>> calls = new ArrayList<>();
      for (int i = 0; i < callers; i++) {
        int caller = i;
        calls.add(threads.submit(() -> call.apply(caller)));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> one : calls) {
        results.add(one.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }
}
