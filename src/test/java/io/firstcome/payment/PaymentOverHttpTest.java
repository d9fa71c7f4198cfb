package io.firstcome.payment;

import static io.firstcome.payment.PaymentApi.balance;
import static io.firstcome.payment.PaymentApi.behave;
import static io.firstcome.payment.PaymentApi.book;
import static io.firstcome.payment.PaymentApi.callBack;
import static io.firstcome.payment.PaymentApi.credit;
import static io.firstcome.payment.PaymentApi.freshUser;
import static io.firstcome.payment.PaymentApi.id;
import static io.firstcome.payment.PaymentApi.pay;
import static io.firstcome.payment.PaymentApi.read;
import static io.firstcome.payment.PaymentApi.refund;
import static io.firstcome.payment.PaymentApi.userWith;
import static io.firstcome.payment.PaymentApi.wallet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.stock.SaleApi;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Money is taken once and given back once, whatever the provider does and whoever asks twice. */
@QuarkusTest
class PaymentOverHttpTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void aWalletIsCreditedOnceForEachKey() {
    String user = freshUser();
    Problems.is(SaleApi.as(user).get(wallet(user)).then(), ProblemType.UNKNOWN_WALLET);

    credit(user, "a", 500, "EUR")
        .statusCode(201)
        .header("Location", wallet(user))
        .body("balance", equalTo(500))
        .body("currency", equalTo("EUR"));
    credit(user, "a", 500, "EUR").statusCode(201).header("Idempotent-Replayed", "true");
    credit(user, "b", 7, "EUR").body("balance", equalTo(507));
    Problems.is(credit(user, "a", 501, "EUR"), ProblemType.IDEMPOTENCY_MISMATCH);
    Problems.is(credit(user, "c", 1, "USD"), ProblemType.OTHER_CURRENCY)
        .body("currency", equalTo("EUR"));

    SaleApi.as(user)
        .get(wallet(user) + "/entries")
        .then()
        .body("entries.amount", contains(7, 500))
        .body("entries.reference", contains("b", "a"))
        .body("next", nullValue());
    Problems.is(SaleApi.as(freshUser()).get(wallet(user)).then(), ProblemType.UNKNOWN_WALLET);
    Problems.is(
        SaleApi.as(user)
            .header("Idempotency-Key", "mine")
            .body(Map.of("amount", 1, "currency", "EUR"))
            .post(wallet(user) + "/credits")
            .then(),
        ProblemType.FORBIDDEN);
  }

  @Test
  void entriesArePagedNewestFirst() {
    String user = userWith(1);
    credit(user, "b", 2, "EUR");
    credit(user, "c", 3, "EUR");

    int next =
        SaleApi.as(user)
            .get(wallet(user) + "/entries?limit=2")
            .then()
            .body("entries.amount", contains(3, 2))
            .extract()
            .path("next");

    SaleApi.as(user)
        .get(wallet(user) + "/entries?limit=2&before=" + next)
        .then()
        .body("entries.amount", contains(1))
        .body("next", nullValue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"WALLET", "HTTP"})
  void fiveAtOnceWithOneKeyPayOnce(String provider) throws Exception {
    String user = userWith(1_000);

    List<ValidatableResponse> all = atOnce(5, i -> pay(user, "k", 300, provider));

    assertThat(all).extracting(PaymentOverHttpTest::status).isSubsetOf(201, 409).contains(201);
    String payment = id(pay(user, "k", 300, provider).header("Idempotent-Replayed", "true"));
    for (ValidatableResponse response : all) {
      if (status(response) == 409) {
        Problems.is(response, ProblemType.PAYMENT_IN_PROGRESS);
      } else {
        response.body("id", equalTo(payment));
      }
    }
    assertThat(all)
        .filteredOn(r -> r.extract().header("Idempotent-Replayed") == null)
        .filteredOn(r -> status(r) == 201)
        .hasSize(1);
    if (provider.equals("HTTP")) {
      assertThat(book(payment)).isEqualTo("1 1");
    } else {
      assertThat(balance(user)).isEqualTo(700);
    }
    Problems.is(pay(user, "k", 301, provider), ProblemType.IDEMPOTENCY_MISMATCH);
  }

  @Test
  void aBalancePaysForAsMuchAsThereIsAndNeverMore() throws Exception {
    String user = userWith(1_000);

    List<ValidatableResponse> all = atOnce(32, i -> pay(user, "k" + i, 100, "WALLET"));

    assertThat(Collections.frequency(all.stream().map(r -> status(r)).toList(), 201)).isEqualTo(10);
    assertThat(Collections.frequency(all.stream().map(r -> status(r)).toList(), 402)).isEqualTo(22);
    assertThat(balance(user)).isZero();
    assertThat(sumOfEntries(user)).isZero();
  }

  @Test
  void whatWasDeclinedStaysSoForItsKey() {
    String user = userWith(10);
    Problems.is(pay(user, "k", 11, "WALLET"), ProblemType.PAYMENT_DECLINED)
        .body("payment.outcome", equalTo("DECLINED"))
        .body("payment.reason", equalTo("insufficient-funds"));

    credit(user, "more", 100, "EUR");

    Problems.is(pay(user, "k", 11, "WALLET"), ProblemType.PAYMENT_DECLINED)
        .header("Idempotent-Replayed", "true");
    pay(user, "k2", 11, "WALLET").statusCode(201).body("outcome", equalTo("SUCCEEDED"));
    Problems.is(
            pay(
                SaleApi.as(user),
                "k3",
                Map.of("amount", 1, "currency", "USD", "provider", "WALLET")),
            ProblemType.PAYMENT_DECLINED)
        .body("payment.reason", equalTo("other-currency"));
    assertThat(balance(user)).isEqualTo(99);
  }

  @ParameterizedTest
  @ValueSource(strings = {"WALLET", "HTTP"})
  void noMoreIsGivenBackThanWasTaken(String provider) throws Exception {
    String user = userWith(1_000);
    String payment = id(pay(user, "k", 100, provider).statusCode(201));

    List<ValidatableResponse> all = atOnce(8, i -> refund(payment, "r" + i, 60));

    assertThat(Collections.frequency(all.stream().map(r -> status(r)).toList(), 201)).isEqualTo(1);
    all.stream()
        .filter(r -> status(r) != 201)
        .forEach(r -> Problems.is(r, ProblemType.REFUND_EXCEEDS_CHARGE));
    refund(payment, "rest", 40).statusCode(201).body("chargeId", equalTo(payment));
    refund(payment, "rest", 40).statusCode(201).header("Idempotent-Replayed", "true");
    Problems.is(refund(payment, "rest", 39), ProblemType.IDEMPOTENCY_MISMATCH);
    Problems.is(refund(payment, "one", 1), ProblemType.REFUND_EXCEEDS_CHARGE);
    read(payment).body("refunded", equalTo(100));
    assertThat(balance(user)).isEqualTo(1_000);
  }

  @Test
  void aRefundThatIsDeclinedMayBeTriedAgain() {
    String user = freshUser();
    String payment = id(pay(user, "k", 100, "HTTP").statusCode(201));
    behave(user, "decline");

    Problems.is(refund(payment, "r1", 100), ProblemType.PAYMENT_DECLINED)
        .body("payment.reason", equalTo("card-expired"));
    read(payment).body("refunded", equalTo(0));

    refund(payment, "r2", 100).statusCode(201);
  }

  @ParameterizedTest
  @CsvSource({"fail-before fail-before,3 1", "fail-after,2 1", "vanish,2 1"})
  void aProviderThatFailsIsAskedAgainByTheSameKey(String words, String asked) {
    String user = freshUser();
    behave(user, words);

    String payment =
        id(pay(user, "k", 100, "HTTP").statusCode(201).body("outcome", equalTo("SUCCEEDED")));

    assertThat(book(payment)).isEqualTo(asked);
  }

  /** It had answered "failed": the money was gone, and the shop took it again. */
  @Test
  void anAnswerThatComesTooLateIsNotARefusal() {
    String user = freshUser();
    behave(user, "late late late late");

    String payment =
        id(
            pay(user, "k", 100, "HTTP")
                .statusCode(202)
                .header("Location", startsWith(PaymentApi.PAYMENTS))
                .body("status", equalTo("UNKNOWN"))
                .body("outcome", nullValue()));

    await().atMost(SOON).untilAsserted(() -> read(payment).body("outcome", equalTo("SUCCEEDED")));
    pay(user, "k", 100, "HTTP").statusCode(201).body("id", equalTo(payment));
    assertThat(book(payment)).endsWith(" 1");
  }

  @Test
  void aPaymentWhoseReplicaDiedIsGoneOnWith() {
    String user = freshUser();
    String payment = id(pay(user, "k", 100, "HTTP").statusCode(201));
    // As it stood before the provider had answered.
    stores
        .mysql()
        .preparedQuery(
            "UPDATE payment SET state = 'IN_PROGRESS', outcome = NULL, ended_at = NULL,"
                + " busy_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE id = ?")
        .execute(Tuple.of(payment))
        .await()
        .atMost(SOON);

    await().atMost(SOON).untilAsserted(() -> read(payment).body("outcome", equalTo("SUCCEEDED")));
    assertThat(book(payment)).isEqualTo("2 1");
  }

  @Test
  void whatTheProviderCallsBackWithCountsOnceAndOnlyIfItIsSigned() {
    String user = freshUser();
    behave(user, "pending ".repeat(1_000).trim());
    String payment = id(pay(user, "k", 100, "HTTP").statusCode(202));
    Instant now = Instant.now();

    Problems.is(
        callBack(payment, "SUCCEEDED", now.minus(Duration.ofMinutes(6))),
        ProblemType.UNAUTHENTICATED);
    String body = "{\"paymentId\":\"" + payment + "\",\"outcome\":\"SUCCEEDED\"}";
    Problems.is(callBack(body, ""), ProblemType.UNAUTHENTICATED);
    Problems.is(
        callBack(body, PaymentApi.signature(body, "another", now)), ProblemType.UNAUTHENTICATED);
    Problems.is(callBack(payment, "PENDING", now), ProblemType.MALFORMED);
    Problems.is(callBack("p" + "0".repeat(30), "SUCCEEDED", now), ProblemType.UNKNOWN_PAYMENT);
    read(payment).body("outcome", nullValue());

    callBack(payment, "SUCCEEDED", now).statusCode(200).body("outcome", equalTo("SUCCEEDED"));
    callBack(payment, "SUCCEEDED", now).statusCode(200);
    callBack(payment, "DECLINED", now).statusCode(200).body("outcome", equalTo("SUCCEEDED"));

    pay(user, "k", 100, "HTTP").statusCode(201).body("outcome", equalTo("SUCCEEDED"));
  }

  @Test
  void whoPaysAndWhoReadsIsChecked() {
    String user = userWith(100);
    Map<String, Object> body =
        Map.of("userId", user, "amount", 10, "currency", "EUR", "provider", "WALLET");
    Problems.is(pay(SaleApi.as(freshUser()), "k", body), ProblemType.FORBIDDEN);
    String payment = id(pay(SaleApi.service(), user, body).statusCode(201));

    SaleApi.as(user).get(PaymentApi.PAYMENTS + "/" + payment).then().statusCode(200);
    for (String other : List.of(payment, "p1", "h" + payment.substring(1), "..%2f")) {
      Problems.is(
          SaleApi.as(freshUser()).get(PaymentApi.PAYMENTS + "/" + other).then(),
          ProblemType.UNKNOWN_PAYMENT);
    }
    Problems.is(
        SaleApi.as(user)
            .header("Idempotency-Key", "k")
            .body(Map.of("amount", 1))
            .post(PaymentApi.PAYMENTS + "/" + payment + "/refunds")
            .then(),
        ProblemType.FORBIDDEN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'amount':0,'currency':'EUR','provider':'WALLET'}",
        "{'amount':-5,'currency':'EUR','provider':'WALLET'}",
        "{'amount':1000000000001,'currency':'EUR','provider':'WALLET'}",
        "{'amount':9223372036854775808,'currency':'EUR','provider':'WALLET'}",
        "{'amount':1.5,'currency':'EUR','provider':'WALLET'}",
        "{'amount':'1','currency':'EUR','provider':'WALLET'}",
        "{'amount':1,'currency':'eur','provider':'WALLET'}",
        "{'amount':1,'currency':'QQQ','provider':'WALLET'}",
        "{'amount':1,'currency':'EUR','provider':'BARTER'}",
        "{'amount':1,'currency':'EUR'}",
        "{'amount':1,'currency':'EUR','provider':'WALLET','userId':'.'}",
        "[]",
        "null"
      })
  void badInputIsRefused(String body) {
    Problems.is(
        SaleApi.as(freshUser())
            .header("Idempotency-Key", "k")
            .body(body.replace('\'', '"'))
            .post(PaymentApi.PAYMENTS)
            .then(),
        ProblemType.MALFORMED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "kéy",
        "0123456789012345678901234567890123456789012345678901234567890123456789"
      })
  void anIdempotencyKeyIsAskedFor(String key) {
    Problems.is(pay(freshUser(), key, 1, "WALLET"), ProblemType.MALFORMED);
  }

  @Test
  void anErasedUserIsNotInPayments() {
    String user = userWith(100);
    String payment = id(pay(user, "k", 40, "WALLET").statusCode(201));

    SaleApi.admin()
        .delete("/api/v1/admin/users/" + user)
        .then()
        .statusCode(200)
        .body("erased.payments", equalTo(1));

    read(payment).body("userId", startsWith("erased-")).body("amount", equalTo(40));
    Problems.is(SaleApi.service().get(wallet(user)).then(), ProblemType.UNKNOWN_WALLET);
    SaleApi.admin()
        .delete("/api/v1/admin/users/" + user)
        .then()
        .body("erased.payments", equalTo(0));
  }

  private static int status(ValidatableResponse response) {
    return response.extract().statusCode();
  }

  private static long sumOfEntries(String user) {
    return SaleApi.as(user)
        .get(wallet(user) + "/entries?limit=100")
        .then()
        .extract()
        .jsonPath()
        .<Integer>getList("entries.amount")
        .stream()
        .mapToLong(Integer::longValue)
        .sum();
  }

  private interface Call {
    ValidatableResponse of(int number);
  }

  private static List<ValidatableResponse> atOnce(int callers, Call call) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(callers);
    try {
      List<Callable<ValidatableResponse>> calls =
          IntStream.range(0, callers)
              .<Callable<ValidatableResponse>>mapToObj(i -> () -> call.of(i))
              .toList();
      List<ValidatableResponse> answers = new java.util.ArrayList<>();
      for (Future<ValidatableResponse> answer : threads.invokeAll(calls)) {
        answers.add(answer.get());
      }
      return answers;
    } finally {
      threads.shutdownNow();
    }
  }
}
