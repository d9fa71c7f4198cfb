package io.firstcome.payment.provider;

import io.firstcome.payment.model.Payment;
import io.smallrye.mutiny.Uni;

/** Moves money elsewhere. Asked twice for the same payment, it moves it once. */
public interface PaymentProvider {

  Payment.Provider name();

  /** Whether the operator has said where it is. */
  boolean isConfigured();

  /**
   * Takes or gives back what a payment says. Bounded in time, and never fails: what is not known is
   * an answer too.
   */
  Uni<Answer> pay(Payment payment);

  /**
   * What became of it.
   *
   * @param outcome null: it is not known
   * @param reason why it was declined, a slug; else null
   */
  record Answer(Payment.Outcome outcome, String reason) {

    public static final Answer UNKNOWN = new Answer(null, null);
    public static final Answer SUCCEEDED = new Answer(Payment.Outcome.SUCCEEDED, null);

    public static Answer declined(String reason) {
      return new Answer(Payment.Outcome.DECLINED, reason);
    }
  }
}
