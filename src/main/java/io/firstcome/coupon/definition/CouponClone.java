package io.firstcome.coupon.definition;

import io.firstcome.coupon.model.Coupon;
import io.firstcome.coupon.model.CouponDefinition;
import io.firstcome.coupon.model.CouponTerms;
import io.firstcome.coupon.model.Discount;
import io.firstcome.coupon.model.NewCoupon;
import io.firstcome.coupon.model.Policy;
import io.firstcome.coupon.model.Quotas;
import io.firstcome.http.input.Ids;
import io.firstcome.http.input.PlainText;
import io.firstcome.http.problem.Problem;
import io.firstcome.mysql.Micros;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What differs in a clone of a coupon. */
@Schema(description = "What differs in the new coupon; omitted members are those of the coupon")
record CouponClone(
    @Pattern(regexp = Ids.COUPON, message = Ids.COUPON_MESSAGE)
        @Schema(description = "Generated if omitted", examples = "autumn-2026")
        String id,
    @Size(min = 1, max = PlainText.MAX_LENGTH)
        @Pattern(regexp = PlainText.NOT_BLANK, message = PlainText.BLANK)
        @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
        @Schema(examples = "Autumn sale")
        String name,
    @Min(1) @Max(NewCoupon.MAX_QUANTITY) @Schema(examples = "100") Long quantity,
    @Schema(examples = "2026-10-01T10:00:00Z") Instant opensAt,
    @Schema(examples = "2026-10-02T10:00:00Z") Instant closesAt) {

  CouponClone {
    opensAt = Micros.truncate(opensAt);
    closesAt = Micros.truncate(closesAt);
  }

  /**
   * The order of the clone. Users are not copied: an audience and a pool are empty, and a code of
   * all units is another one.
   */
  NewCoupon of(Coupon coupon) {
    CouponDefinition defined = coupon.definition;
    if (defined.policy() == Policy.LOTTERY) {
      throw Problem.malformed(
              "policy", "is LOTTERY, which cannot be cloned: what its draw needs is fixed anew")
          .asException();
    }
    CouponTerms terms = coupon.terms;
    return new NewCoupon(
        id,
        name == null ? defined.name() : name,
        quantity == null ? defined.quantity() : quantity,
        opensAt == null ? defined.opensAt() : opensAt,
        closesAt == null ? defined.closesAt() : closesAt,
        coupon.audience,
        defined.acknowledge(),
        defined.onLoss(),
        coupon.rehearsal,
        coupon.shards,
        terms.perUserLimit(),
        terms.release(),
        terms.validFrom(),
        terms.validUntil(),
        terms.validForSeconds(),
        defined.eligibility(),
        defined.eligibilityMessage(),
        defined.policy(),
        null,
        defined.queue(),
        Discount.ofStored(defined.discount()),
        terms.waitlist(),
        terms.acceptWithinSeconds(),
        terms.ratePerSecond() == 0 ? null : Integer.valueOf(terms.ratePerSecond()),
        terms.queueLimit() == 0 ? null : Integer.valueOf(terms.queueLimit()),
        terms.codes(),
        coupon.hasDerivedCodes() ? coupon.codeScheme.prefix() : null,
        coupon.hasDerivedCodes() ? coupon.codeScheme.symbols() : null,
        null,
        defined.group(),
        defined.group().isEmpty() ? null : Quotas.ofStored(defined.quotas()).units());
  }
}
