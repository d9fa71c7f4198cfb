package io.firstcome.payment.charge;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.payment.model.Payment;
import io.firstcome.payment.model.Payment.Kind;
import io.firstcome.payment.model.Payment.Provider;
import io.firstcome.payment.model.Payment.State;
import io.firstcome.payment.model.PaymentConfig;
import io.firstcome.payment.model.PaymentRequest;
import io.firstcome.payment.model.PaymentTransactions;
import io.firstcome.payment.provider.PaymentProvider;
import io.firstcome.payment.provider.PaymentProvider.Answer;
import io.firstcome.payment.wallet.Wallets;
import io.quarkus.arc.All;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Makes each payment once, whoever asks for it how often.
 *
 * <p>A payment is written down first, under the caller's key: of all that carry the same key one
 * adds the row, and the others find it. A wallet is charged in that same transaction. A provider
 * elsewhere is asked after it, by the payment's id, which is its idempotency key there; what it
 * answers is written in a second transaction, where the first answer that is known stands.
 *
 * <p>Who dies between the two leaves a row in progress. When its time is up, the next request of
 * the same key or a sweep goes on with it: asks the provider again, which does nothing twice.
 */
@Singleton
public class Payments {

  private static final int SWEPT_AT_ONCE = 8;

  private final PaymentTable table;
  private final Wallets wallets;
  private final PaymentTransactions mysql;
  private final PaymentConfig config;
  private final PaymentMetrics metrics;
  private final Map<Provider, PaymentProvider> providers = new EnumMap<>(Provider.class);

  Payments(
      PaymentTable table,
      Wallets wallets,
      PaymentTransactions mysql,
      PaymentConfig config,
      PaymentMetrics metrics,
      @All List<PaymentProvider> providers) {
    this.table = table;
    this.wallets = wallets;
    this.mysql = mysql;
    this.config = config;
    this.metrics = metrics;
    providers.forEach(provider -> this.providers.put(provider.name(), provider));
  }

  /**
   * What became of a request.
   *
   * @param replayed whether its key had made the payment before
   */
  public record Paid(Payment payment, boolean replayed) {}

  /** A payment, and whether this replica is to ask the provider. */
  private record Begun(Payment payment, boolean replayed, boolean mine) {}

  /**
   * Pays, or says what became of the payment that the same key made.
   *
   * @return fails with {@code idempotency-mismatch}, {@code payment-in-progress}, and of a refund
   *     with {@code unknown-payment} or {@code refund-exceeds-charge}
   */
  public Uni<Paid> pay(PaymentRequest request) {
    return mysql
        .decide(tx -> begin(tx, request))
        .chain(
            begun ->
                begun.mine()
                    ? ask(begun.payment()).map(payment -> new Paid(payment, begun.replayed()))
                    : Uni.createFrom().item(new Paid(begun.payment(), begun.replayed())));
  }

  private Begun begin(SqlTransaction tx, PaymentRequest asked) {
    PaymentRequest request = asked.kind() == Kind.REFUND ? ofCharge(tx, asked) : asked;
    Payment payment = table.begin(tx, request);
    if (payment == null) {
      return earlier(tx, request);
    }
    if (request.kind() == Kind.REFUND && !table.refund(tx, request.chargeId(), request.amount())) {
      throw Problem.of(ProblemType.REFUND_EXCEEDS_CHARGE).asException();
    }
    if (request.provider() != Provider.WALLET) {
      return new Begun(payment, false, true);
    }
    String declined = wallets.pay(tx, payment);
    return new Begun(
        settle(tx, payment, declined == null ? Answer.SUCCEEDED : Answer.declined(declined)),
        false,
        false);
  }

  /** The refund of a charge: whose money, in which currency and where, the charge says. */
  private PaymentRequest ofCharge(SqlTransaction tx, PaymentRequest asked) {
    Payment charge = table.find(tx, asked.chargeId());
    if (charge == null || charge.kind() != Kind.CHARGE) {
      throw Problem.of(ProblemType.UNKNOWN_PAYMENT).asException();
    }
    if (!charge.succeeded()) {
      throw Problem.of(ProblemType.REFUND_EXCEEDS_CHARGE).asException();
    }
    return asked.of(charge);
  }

  /**
   * Makes sure that a payment is never made: where it was not begun, it is declined. So who slept
   * before beginning it wakes too late.
   *
   * @param reason a slug
   * @return the payment: declined now, or as it was begun before
   */
  public Uni<Payment> decline(PaymentRequest request, String reason) {
    return mysql.decide(
        tx -> {
          Payment payment = table.begin(tx, request);
          return payment == null
              ? table.ofKey(tx, request)
              : settle(tx, payment, Answer.declined(reason));
        });
  }

  private Begun earlier(SqlTransaction tx, PaymentRequest request) {
    Payment payment = table.ofKey(tx, request);
    if (payment == null) {
      // Its key was forgotten in between.
      throw Problem.of(ProblemType.CONTENDED).asException();
    }
    if (payment.state() == State.DONE) {
      return new Begun(payment, true, false);
    }
    if (!table.takeOver(tx, payment.id())) {
      throw Problem.of(ProblemType.PAYMENT_IN_PROGRESS)
          .with("payment", PaymentView.of(payment))
          .asException();
    }
    return new Begun(payment, true, true);
  }

  /** Asks the provider of a payment that is this replica's, and writes down what it answers. */
  private Uni<Payment> ask(Payment payment) {
    long began = System.nanoTime();
    return providers
        .get(payment.provider())
        .pay(payment)
        .invoke(told -> metrics.asked(payment, told, System.nanoTime() - began))
        .chain(told -> mysql.decide(tx -> settle(tx, payment, told)));
  }

  private Payment settle(SqlTransaction tx, Payment payment, Answer answer) {
    boolean news = table.settle(tx, payment.id(), answer, config.askAgain());
    if (news && payment.kind() == Kind.REFUND && answer.outcome() == Payment.Outcome.DECLINED) {
      table.refund(tx, payment.chargeId(), -payment.amount());
    }
    Payment settled = table.find(tx, payment.id());
    if (news) {
      tx.afterCommit(() -> metrics.ended(settled));
    }
    return settled;
  }

  /**
   * Writes down what the provider says of its own accord.
   *
   * @return the payment as it is then; fails with {@code unknown-payment}
   */
  Uni<Payment> told(String id, Answer answer) {
    return mysql.decide(
        tx -> {
          Payment payment = table.find(tx, id);
          if (payment == null || payment.provider() == Provider.WALLET) {
            throw Problem.of(ProblemType.UNKNOWN_PAYMENT).asException();
          }
          return settle(tx, payment, answer);
        });
  }

  /** The payment of an id, or null. */
  public Uni<Payment> find(String id) {
    return mysql.decide(tx -> table.find(tx, id));
  }

  /** Whether payments can be made there. */
  public boolean isConfigured(Provider provider) {
    return provider == Provider.WALLET || providers.get(provider).isConfigured();
  }

  /**
   * Goes on with payments that nobody is at, and forgets keys. Blocks.
   *
   * @return how many it went on with
   */
  int sweep() {
    List<Payment> taken =
        mysql
            .decide(
                tx -> {
                  table.forgetKeys(tx, config.sweepBatch());
                  metrics.oldest(table.oldest(tx));
                  return table.takeOverSome(tx, config.sweepBatch());
                })
            .await()
            .indefinitely();
    if (!taken.isEmpty()) {
      Uni.join()
          .all(taken.stream().map(this::ask).toList())
          .usingConcurrencyOf(SWEPT_AT_ONCE)
          .andCollectFailures()
          .await()
          .indefinitely();
    }
    return taken.size();
  }
}
