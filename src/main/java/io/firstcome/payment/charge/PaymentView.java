package io.firstcome.payment.charge;

import io.firstcome.payment.model.Payment;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A payment as the API shows it. */
@Schema(name = "Payment")
record PaymentView(
    @Schema(examples = "p3f9a6c0d1b2e4f5061728394a5b6c7") String id,
    Payment.Kind kind,
    @Schema(description = "Of a refund: the charge it gives back") String chargeId,
    String userId,
    @Schema(description = "Minor units of the currency", examples = "1999") long amount,
    @Schema(examples = "EUR") String currency,
    Payment.Provider provider,
    @Schema(description = "DONE is final; otherwise ask again later") Payment.State status,
    @Schema(description = "Absent until it is done") Payment.Outcome outcome,
    @Schema(description = "Why it was declined", examples = "insufficient-funds") String reason,
    @Schema(description = "Of a charge: minor units given back") long refunded,
    Instant createdAt,
    Instant endedAt) {

  static PaymentView of(Payment payment) {
    return new PaymentView(
        payment.id(),
        payment.kind(),
        payment.chargeId(),
        payment.userId(),
        payment.amount(),
        payment.currency(),
        payment.provider(),
        payment.state(),
        payment.outcome(),
        payment.reason(),
        payment.refunded(),
        payment.createdAt(),
        payment.endedAt());
  }
}
