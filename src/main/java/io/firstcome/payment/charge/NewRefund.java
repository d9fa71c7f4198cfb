package io.firstcome.payment.charge;

import io.firstcome.http.input.Digests;
import io.firstcome.http.input.Money;
import io.firstcome.payment.model.Payment;
import io.firstcome.payment.model.PaymentRequest;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Money to give back of a charge. */
@Schema(name = "NewRefund", description = "Money to give back of a charge")
record NewRefund(
    @NotNull
        @Min(1)
        @Max(Money.MAX_AMOUNT)
        @Schema(description = "Minor units of the charge's currency", examples = "500")
        Long amount) {

  PaymentRequest request(String chargeId, String caller, String key) {
    return new PaymentRequest(
        null,
        Payment.Kind.REFUND,
        chargeId,
        caller,
        key,
        Digests.of(chargeId + "\n" + amount),
        null,
        amount,
        null,
        null);
  }
}
