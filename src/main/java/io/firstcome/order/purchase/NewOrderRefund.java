package io.firstcome.order.purchase;

import io.firstcome.http.input.PlainText;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Why an order is refunded. */
@Schema(name = "OrderRefund", description = "Why an order is refunded")
record NewOrderRefund(
    @NotBlank
        @Size(max = MAX_LENGTH)
        @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
        @Schema(description = "Kept with the order", examples = "Returned by the customer")
        String reason) {

  /** Of a column that has slugs too. */
  static final int MAX_LENGTH = 64;
}
