package io.firstcome.coupon.redemption;

import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A unit that was used for an order. */
@Schema(description = "A unit that was used for an order")
public record Redemption(
    @Schema(examples = "summer-2026") String couponId,
    @Schema(examples = "alice") String userId,
    @Schema(description = "Number of the unit", examples = "1") long sequence,
    @Schema(examples = "order-4711") String orderReference,
    @Schema(description = "The time of Redis", examples = "2026-07-03T10:00:00.000123Z")
        Instant redeemedAt) {}
