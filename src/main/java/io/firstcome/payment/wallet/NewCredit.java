package io.firstcome.payment.wallet;

import io.firstcome.http.input.Money;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Money for a wallet. */
@Schema(name = "Credit", description = "Money for a wallet")
record NewCredit(
    @NotNull
        @Min(1)
        @Max(Money.MAX_AMOUNT)
        @Schema(description = "Minor units of the currency", examples = "5000")
        Long amount,
    @NotNull
        @Pattern(regexp = Money.CURRENCY, message = Money.CURRENCY_MESSAGE)
        @Schema(description = "ISO 4217", examples = "EUR")
        String currency) {}
