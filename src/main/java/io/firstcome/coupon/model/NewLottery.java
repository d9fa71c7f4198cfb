package io.firstcome.coupon.model;

import io.firstcome.eligibility.Rules;
import io.firstcome.http.input.PlainText;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** How a lottery is drawn. */
@Schema(description = "How a coupon of the policy LOTTERY is drawn")
public record NewLottery(
    @Size(max = Rules.MAX_BYTES)
        @Pattern(regexp = NewCoupon.RULE, message = PlainText.MESSAGE)
        @Schema(
            description =
                "How many tickets an entry has, 1 to 100: an expression in CEL over the verified"
                    + " attributes of the user; 1 if omitted",
            examples = "user.tier == 'gold' ? 3 : 1")
        String tickets,
    @Valid PublicValue publicValue) {

  /** The most tickets of an entry: the most units that a user may hold. */
  public static final int MAX_TICKETS = NewCoupon.MAX_PER_USER;

  private static final long MAX_WITHIN_SECONDS = 2_592_000;

  public NewLottery {
    tickets = tickets == null ? "" : tickets;
  }

  /** A value that nobody can know before the entries are frozen. */
  @Schema(
      name = "NewPublicValue",
      description = "A public value that becomes a part of the seed, fixed in advance by its name")
  public record PublicValue(
      @NotBlank
          @Size(max = PlainText.MAX_LENGTH)
          @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
          @Schema(
              description = "Which value, so that everybody finds it",
              examples = "League of entropy, quicknet, round 20000000")
          String name,
      @NotNull
          @Schema(
              description =
                  "What happens if the value does not come in time: the seed is made of the secret"
                      + " alone, or nobody wins",
              examples = "CANCEL")
          Draw.Fallback fallback,
      @Min(1)
          @Max(MAX_WITHIN_SECONDS)
          @Schema(
              description = "How long after the freeze the value is accepted, in seconds",
              examples = "86400",
              defaultValue = "86400")
          Long withinSeconds) {

    private static final long DAY_SECONDS = 86_400;

    public PublicValue {
      withinSeconds = withinSeconds == null ? DAY_SECONDS : withinSeconds;
    }

    /** What makes it up, for the digest of the request. */
    String canonical() {
      return name + "\n" + fallback + "\n" + withinSeconds;
    }
  }

  /** What makes it up, for the digest of the request. */
  String canonical() {
    return (tickets.isEmpty() ? "" : "\ntickets " + tickets)
        + (publicValue == null ? "" : "\npublicValue " + publicValue.canonical());
  }
}
