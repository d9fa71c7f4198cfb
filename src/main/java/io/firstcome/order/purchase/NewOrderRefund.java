package io.firstcome.order.purchase;

import io.firstcome.http.input.PlainText;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * Why an order is refunded. Not a record: one that is made of a single text would be read from a
 * body of {@code text/plain} too.
 */
@Schema(name = "OrderRefund", description = "Why an order is refunded")
final class NewOrderRefund {

  /** Of a column that has slugs too. */
  private static final int MAX_LENGTH = 64;

  @NotBlank
  @Size(max = MAX_LENGTH)
  @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
  @Schema(description = "Kept with the order", examples = "Returned by the customer")
  public String reason;
}
