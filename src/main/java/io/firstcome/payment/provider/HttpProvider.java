package io.firstcome.payment.provider;

import io.firstcome.payment.model.Payment;
import io.quarkus.rest.client.reactive.QuarkusRestClientBuilder;
import io.smallrye.faulttolerance.api.Guard;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.util.TypeLiteral;
import jakarta.inject.Singleton;
import jakarta.ws.rs.WebApplicationException;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * A payment service that is asked by HTTP.
 *
 * <p>It knows each payment by its id, so it may be asked again whatever went wrong. It is, a few
 * times within a time that is bounded in all; then the outcome is unknown, never a refusal: the
 * money may have moved. A service that fails is left alone for a while, and one that is slow holds
 * up a bounded number of requests.
 */
@Singleton
public class HttpProvider implements PaymentProvider {

  private static final Logger LOG = Logger.getLogger(HttpProvider.class);
  private static final TypeLiteral<Uni<ProviderApi.Reply>> REPLY = new TypeLiteral<>() {};

  /** What the service says is shown and counted no further than this. */
  private static final Pattern REASON = Pattern.compile("[a-z0-9-]{1,64}");

  private static final String OTHER = "other";
  private static final int PAYMENT_REQUIRED = 402;

  private final HttpProviderConfig config;
  private final ProviderApi api;
  private final String authorization;
  private final Guard guard;

  HttpProvider(HttpProviderConfig config) {
    this.config = config;
    this.api = config.url().isEmpty() ? null : api(config);
    this.authorization = config.token().map(token -> "Bearer " + token).orElse(null);
    this.guard =
        Guard.create()
            .withDescription("payment-provider")
            .withBulkhead()
            .limit(config.maxConcurrent())
            .queueSize(config.maxConcurrent())
            .done()
            .withCircuitBreaker()
            .requestVolumeThreshold(config.breakerRequests())
            .delay(config.breakerPause().toMillis(), ChronoUnit.MILLIS)
            .when(HttpProvider::isItsFault)
            .onStateChange(state -> LOG.infof("Circuit breaker of the payment provider: %s", state))
            .done()
            .withRetry()
            .maxRetries(config.maxRetries())
            .delay(config.retryBackoff().toMillis(), ChronoUnit.MILLIS)
            .jitter(config.retryBackoff().toMillis() / 2, ChronoUnit.MILLIS)
            .maxDuration(config.timeout().toMillis(), ChronoUnit.MILLIS)
            .whenException(HttpProvider::isItsFault)
            .withExponentialBackoff()
            .maxDelay(Math.max(1, config.timeout().toMillis() / 2), ChronoUnit.MILLIS)
            .done()
            .done()
            .withTimeout()
            .duration(config.tryTimeout().toMillis(), ChronoUnit.MILLIS)
            .done()
            .build();
  }

  private static ProviderApi api(HttpProviderConfig config) {
    return QuarkusRestClientBuilder.newBuilder()
        .baseUri(config.url().get())
        .connectTimeout(config.tryTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .readTimeout(config.timeout().toMillis(), TimeUnit.MILLISECONDS)
        .followRedirects(false)
        .build(ProviderApi.class);
  }

  @Override
  public Payment.Provider name() {
    return Payment.Provider.HTTP;
  }

  @Override
  public boolean isConfigured() {
    return api != null;
  }

  @Override
  public Uni<Answer> pay(Payment payment) {
    if (api == null) {
      return Uni.createFrom().item(Answer.UNKNOWN);
    }
    ProviderApi.Request request =
        new ProviderApi.Request(
            payment.id(),
            payment.kind().name(),
            payment.chargeId(),
            payment.userId(),
            payment.amount(),
            payment.currency());
    return guard
        .get(() -> api.pay(authorization, payment.id(), request), REPLY)
        .map(reply -> answer(reply.outcome(), reply.reason()))
        .ifNoItem()
        .after(config.timeout())
        .fail()
        .onFailure()
        .recoverWithItem(e -> answer(payment, e));
  }

  /** What a reply or a callback says. */
  static Answer answer(String outcome, String reason) {
    return switch (outcome == null ? "" : outcome.toUpperCase(Locale.ROOT)) {
      case "SUCCEEDED" -> Answer.SUCCEEDED;
      case "DECLINED" ->
          Answer.declined(reason != null && REASON.matcher(reason).matches() ? reason : OTHER);
      default -> Answer.UNKNOWN;
    };
  }

  private static Answer answer(Payment payment, Throwable e) {
    if (e instanceof WebApplicationException refused
        && refused.getResponse().getStatus() == PAYMENT_REQUIRED) {
      return Answer.declined(OTHER);
    }
    LOG.debugf("The provider did not say what became of payment %s: %s", payment.id(), e);
    return Answer.UNKNOWN;
  }

  /** Whether asking again may help: not where the service has understood, and refuses. */
  private static boolean isItsFault(Throwable e) {
    return !(e instanceof WebApplicationException refused)
        || refused.getResponse().getStatus() >= 500
        || refused.getResponse().getStatus() == 429;
  }
}
