package io.firstcome.payment.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.payment.provider.PaymentProvider.Answer;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Instant;

/** Reads what the payment service calls back with, and believes only what it has signed. */
@Singleton
public class Callbacks {

  public static final String SIGNATURE = CallbackSignature.HEADER;

  private final HttpProviderConfig config;
  private final ObjectMapper json;

  Callbacks(HttpProviderConfig config, ObjectMapper json) {
    this.config = config;
    this.json = json;
  }

  /** What became of a payment. */
  public record Callback(String paymentId, Answer answer) {}

  /**
   * Reads a callback.
   *
   * @throws io.firstcome.http.problem.ProblemException {@code unauthenticated} where the signature
   *     is missing, wrong or too old; {@code malformed} where it says nothing
   */
  public Callback read(String signature, byte[] body) {
    boolean signed =
        config
            .callbackSecret()
            .filter(
                secret ->
                    CallbackSignature.isValid(
                        signature, body, secret, Instant.now(), config.callbackWindow()))
            .isPresent();
    if (!signed) {
      throw Problem.of(ProblemType.UNAUTHENTICATED)
          .detail("A callback must have a valid and recent " + SIGNATURE + ".")
          .asException();
    }
    JsonNode told = parsed(body);
    String paymentId = told.path("paymentId").textValue();
    Answer answer =
        HttpProvider.answer(told.path("outcome").textValue(), told.path("reason").textValue());
    if (paymentId == null || answer.outcome() == null) {
      throw Problem.malformed("outcome", "must be SUCCEEDED or DECLINED, of a 'paymentId'")
          .asException();
    }
    return new Callback(paymentId, answer);
  }

  private JsonNode parsed(byte[] body) {
    try {
      return json.readTree(body);
    } catch (IOException e) {
      throw Problem.malformed("body", "must be JSON").asException();
    }
  }
}
