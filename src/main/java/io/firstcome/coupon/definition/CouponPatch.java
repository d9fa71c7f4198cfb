package io.firstcome.coupon.definition;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.firstcome.coupon.model.CouponDefinition.Field;
import io.firstcome.coupon.model.Discount;
import io.firstcome.coupon.model.NewCoupon;
import io.firstcome.coupon.model.OnLoss;
import io.firstcome.durability.Acknowledge;
import io.firstcome.eligibility.Rules;
import io.firstcome.http.input.Ids;
import io.firstcome.http.input.NotRemovable;
import io.firstcome.http.input.PlainText;
import io.firstcome.http.input.RemovableInstant;
import io.firstcome.http.input.RemovableText;
import io.firstcome.lifecycle.Lifecycle;
import io.firstcome.mysql.Micros;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What to change of a coupon (RFC 7396): what is left out stays as it is, null removes what a
 * coupon can be without, and is refused elsewhere.
 */
@Schema(
    description =
        "The members to change; omitted members keep their value. null removes 'opensAt',"
            + " 'closesAt', 'eligibility', 'eligibilityMessage', 'queue' and 'discount' and is"
            + " refused for the others.")
record CouponPatch(
    @JsonDeserialize(using = NotRemovable.class)
        @Size(min = 1, max = PlainText.MAX_LENGTH)
        @Pattern(regexp = PlainText.NOT_BLANK, message = PlainText.BLANK)
        @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
        @Schema(examples = "Summer sale, extended")
        String name,
    @JsonDeserialize(using = NotRemovable.class)
        @Min(1)
        @Max(NewCoupon.MAX_QUANTITY)
        @Schema(description = "Not below the number of issued units", examples = "150")
        Long quantity,
    @JsonDeserialize(using = RemovableInstant.class)
        @Schema(
            description = "null: the coupon is open from now on",
            nullable = true,
            examples = "2026-07-01T10:00:00Z")
        Instant opensAt,
    @JsonDeserialize(using = RemovableInstant.class)
        @Schema(
            description = "null: the coupon has no end",
            nullable = true,
            examples = "2026-07-03T10:00:00Z")
        Instant closesAt,
    @JsonDeserialize(using = NotRemovable.class)
        @Schema(description = "When a claim is acknowledged", examples = "DATABASE")
        Acknowledge acknowledge,
    @JsonDeserialize(using = NotRemovable.class)
        @Schema(
            description =
                "What happens to units that Redis may have issued before it lost data: they are"
                    + " withheld or issued again",
            examples = "REISSUE")
        OnLoss onLoss,
    @JsonDeserialize(using = RemovableText.class)
        @Size(max = Rules.MAX_BYTES)
        @Pattern(regexp = NewCoupon.RULE, message = PlainText.MESSAGE)
        @Schema(
            description = "null: everybody may claim",
            nullable = true,
            examples = "user.tier == 'gold'")
        String eligibility,
    @JsonDeserialize(using = RemovableText.class)
        @Size(max = PlainText.MAX_LENGTH)
        @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
        @Schema(
            description = "null: the usual detail",
            nullable = true,
            examples = "This coupon is for gold members.")
        String eligibilityMessage,
    @JsonDeserialize(using = RemovableText.class)
        @Pattern(regexp = "|" + Ids.COUPON, message = Ids.COUPON_MESSAGE)
        @Schema(description = "null: a claim needs no pass", nullable = true, examples = "door")
        String queue,
    @JsonDeserialize(using = RemovableDiscount.class)
        @Schema(
            description = "Replaced as a whole; null: nothing is taken off any more",
            nullable = true)
        Discount discount) {

  CouponPatch {
    opensAt = RemovableInstant.map(opensAt, Micros::truncate);
    closesAt = RemovableInstant.map(closesAt, Micros::truncate);
  }

  /** Refuses discounts that make no sense. */
  void checkDiscount() {
    if (discount != null && discount != Discount.REMOVED) {
      discount.check();
    }
  }

  /** Refuses windows that never open, and instants that the stores cannot keep. */
  void checkWindow() {
    Lifecycle.checkWindow(RemovableInstant.orNull(opensAt), RemovableInstant.orNull(closesAt));
  }

  /** The fields to change. */
  Map<Field, String> fields() {
    Map<Field, String> fields = new EnumMap<>(Field.class);
    change(fields, Field.NAME, name);
    change(fields, Field.QUANTITY, quantity);
    change(fields, Field.OPENS, opensAt);
    change(fields, Field.CLOSES, closesAt);
    change(fields, Field.ACKNOWLEDGE, acknowledge);
    change(fields, Field.ON_LOSS, onLoss);
    change(fields, Field.ELIGIBILITY, eligibility);
    change(fields, Field.ELIGIBILITY_MESSAGE, eligibilityMessage);
    change(fields, Field.QUEUE, queue);
    if (discount != null) {
      fields.put(Field.DISCOUNT, Discount.stored(discount));
    }
    return fields;
  }

  private static void change(Map<Field, String> fields, Field field, Object value) {
    if (value != null) {
      fields.put(field, Field.text(value == RemovableInstant.REMOVED ? null : value));
    }
  }
}
