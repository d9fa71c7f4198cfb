package io.firstcome.payment;

import static io.restassured.RestAssured.given;

import io.firstcome.local.LocalPaymentProvider;
import io.firstcome.local.ServersUnderTest;
import io.firstcome.stock.SaleApi;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The API of payments as its users call it, users that no other test has, and the provider. */
public final class PaymentApi {

  public static final String PAYMENTS = "/api/v1/payments";

  private PaymentApi() {}

  public static String freshUser() {
    return "u-" + UUID.randomUUID();
  }

  public static ValidatableResponse credit(String user, String key, long amount, String currency) {
    return SaleApi.admin()
        .header("Idempotency-Key", key)
        .body(Map.of("amount", amount, "currency", currency))
        .post(wallet(user) + "/credits")
        .then();
  }

  /** A user with so much in EUR. */
  public static String userWith(long amount) {
    String user = freshUser();
    credit(user, "first", amount, "EUR").statusCode(201);
    return user;
  }

  public static String wallet(String user) {
    return "/api/v1/wallets/" + user;
  }

  public static long balance(String user) {
    return SaleApi.as(user)
        .get(wallet(user))
        .then()
        .statusCode(200)
        .extract()
        .jsonPath()
        .getLong("balance");
  }

  public static ValidatableResponse pay(String user, String key, long amount, String provider) {
    return pay(
        SaleApi.as(user), key, Map.of("amount", amount, "currency", "EUR", "provider", provider));
  }

  public static ValidatableResponse pay(
      RequestSpecification caller, String key, Map<String, ?> body) {
    return caller.header("Idempotency-Key", key).body(body).post(PAYMENTS).then();
  }

  /** The keys of a caller are its own over all payments, and all tests have the same caller. */
  public static ValidatableResponse refund(String payment, String key, long amount) {
    return SaleApi.service()
        .header("Idempotency-Key", key + "-" + payment)
        .body(Map.of("amount", amount))
        .post(PAYMENTS + "/" + payment + "/refunds")
        .then();
  }

  public static ValidatableResponse read(String payment) {
    return SaleApi.service().get(PAYMENTS + "/" + payment).then();
  }

  public static String id(ValidatableResponse response) {
    return response.extract().jsonPath().getString("id");
  }

  /** What the provider does with the next requests of a user, see {@link LocalPaymentProvider}. */
  public static void behave(String user, String words) {
    given().body(words).put(provider() + "/behaviours/" + user).then().statusCode(204);
  }

  /** How often the provider was asked for a payment, and how often it has moved the money. */
  public static String book(String payment) {
    return given().get(provider() + "/book/" + payment).asString();
  }

  private static String provider() {
    return ServersUnderTest.setting("firstcome.payment.http.url");
  }

  /** A callback as the provider signs it. */
  public static ValidatableResponse callBack(String payment, String outcome, Instant signedAt) {
    String body = "{\"paymentId\":\"" + payment + "\",\"outcome\":\"" + outcome + "\"}";
    return callBack(body, signature(body, LocalPaymentProvider.CALLBACK_SECRET, signedAt));
  }

  public static ValidatableResponse callBack(String body, String signature) {
    return SaleApi.anonymous()
        .header("X-Signature", signature)
        .body(body)
        .post(PAYMENTS + "/callbacks/http")
        .then();
  }

  /** Written here once more: what is documented is what is tested. */
  public static String signature(String body, String secret, Instant at) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      byte[] signed = (at.getEpochSecond() + "." + body).getBytes(StandardCharsets.UTF_8);
      return "t=" + at.getEpochSecond() + ",v1=" + HexFormat.of().formatHex(mac.doFinal(signed));
    } catch (java.security.GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
