package io.firstcome.coupon;

import io.firstcome.ledger.Acknowledge;
import io.firstcome.ledger.Micros;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What to change of a coupon; what is left out stays as it is. */
@Schema(description = "The members to change; omitted members keep their value")
record CouponPatch(
    @Size(min = 1, max = NewCoupon.MAX_NAME)
        @Pattern(regexp = NOT_BLANK, message = "must not be blank")
        @Pattern(regexp = NewCoupon.NAME, message = NewCoupon.NAME_MESSAGE)
        @Schema(examples = "Summer sale, extended")
        String name,
    @Min(1)
        @Max(NewCoupon.MAX_QUANTITY)
        @Schema(description = "Not below the number of issued units", examples = "150")
        Long quantity,
    @Schema(examples = "2026-07-01T10:00:00Z") Instant opensAt,
    @Schema(examples = "2026-07-03T10:00:00Z") Instant closesAt,
    @Schema(description = "When a claim is acknowledged", examples = "DATABASE")
        Acknowledge acknowledge,
    @Schema(
            description =
                "What happens to units that Redis may have issued before it lost data: they are withheld or issued again",
            examples = "REISSUE")
        OnLoss onLoss) {

  private static final String NOT_BLANK = "(?s).*\\S.*";

  CouponPatch {
    opensAt = Micros.truncate(opensAt);
    closesAt = Micros.truncate(closesAt);
  }

  /** As {@code coupon-change.lua} takes it. */
  Map<String, String> fields() {
    Map<String, String> fields = new LinkedHashMap<>();
    if (name != null) {
      fields.put("name", name);
    }
    if (quantity != null) {
      fields.put("quantity", quantity.toString());
    }
    if (opensAt != null) {
      fields.put("opens", String.valueOf(Micros.of(opensAt)));
    }
    if (closesAt != null) {
      fields.put("closes", String.valueOf(Micros.of(closesAt)));
    }
    if (acknowledge != null) {
      fields.put("acknowledge", acknowledge.stored());
    }
    if (onLoss != null) {
      fields.put("onLoss", onLoss.stored());
    }
    return fields;
  }
}
