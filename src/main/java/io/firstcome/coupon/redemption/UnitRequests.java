package io.firstcome.coupon.redemption;

import io.firstcome.http.input.PlainText;
import io.firstcome.http.input.UserId;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** The bodies of requests that change units. */
public final class UnitRequests {

  /** Neither a blank nor anything that separates the parts of a holding. */
  private static final String REFERENCE = "[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}";

  private static final String REFERENCE_MESSAGE =
      "must be 1 to 64 letters, digits or . _ : / - and begin with a letter or digit";

  private UnitRequests() {}

  /** Any code that there can be, with hyphens and blanks. */
  private static final String CODE = "[\\x20-\\x7E]{1,80}";

  /**
   * A unit to be used for an order.
   *
   * @param code what its holder was shown, or null: the user is named
   */
  @Schema(
      name = "NewRedemption",
      description = "A unit to be used for an order, named by its code, by its user or by both")
  public record Redeem(
      @Pattern(regexp = CODE, message = "must be 1 to 80 visible ASCII characters or blanks")
          @Schema(
              description = "The code of the unit; case, hyphens and blanks do not matter",
              examples = "7H3K-9QWE-1RTY-X")
          String code,
      @Pattern(regexp = UserId.PATTERN, message = UserId.MESSAGE)
          @Schema(description = "May be omitted with the code of one unit", examples = "alice")
          String userId,
      @NotNull
          @Pattern(regexp = REFERENCE, message = REFERENCE_MESSAGE)
          @Schema(
              description = "Identifies the order: the same again is the same redemption",
              examples = "order-4711")
          String orderReference,
      @Min(1)
          @Schema(
              description =
                  "Number of the unit; if omitted that of the code, or the first that can be"
                      + " redeemed",
              examples = "1")
          Long sequence) {

    /** Without the code, which is for nobody to read. */
    @Override
    public String toString() {
      return "Redeem[" + userId + ", " + orderReference + ", " + sequence + "]";
    }
  }

  /** A redemption to be taken back. */
  @Schema(name = "RedemptionUndo", description = "A redemption to be taken back")
  public record Undo(
      @NotNull
          @Pattern(regexp = UserId.PATTERN, message = UserId.MESSAGE)
          @Schema(examples = "alice")
          String userId,
      @NotNull
          @Pattern(regexp = REFERENCE, message = REFERENCE_MESSAGE)
          @Schema(examples = "order-4711")
          String orderReference,
      @NotBlank
          @Size(max = PlainText.MAX_LENGTH)
          @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
          @Schema(examples = "Order cancelled")
          String reason) {}

  /** Units to be taken from their holder. */
  @Schema(name = "Revocation", description = "Units to be taken from their holder")
  record Revoke(
      @NotBlank
          @Size(max = PlainText.MAX_LENGTH)
          @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
          @Schema(examples = "Claimed by a script")
          String reason,
      @Min(1) @Schema(description = "Number of the unit; if omitted all", examples = "1")
          Long sequence) {}
}
