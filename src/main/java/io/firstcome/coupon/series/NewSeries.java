package io.firstcome.coupon.series;

import io.firstcome.coupon.model.NewCoupon;
import io.firstcome.http.input.PlainText;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A series as the operator orders it. */
@Schema(description = "A new series of coupons")
record NewSeries(
    @NotNull
        @Pattern(regexp = SeriesIds.ID, message = SeriesIds.MESSAGE)
        @Schema(examples = "summer")
        String id,
    @NotBlank
        @Size(max = PlainText.MAX_LENGTH)
        @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
        @Schema(examples = "Every morning at ten")
        String name,
    @NotNull
        @Valid
        @Schema(description = "Each drop as a coupon, without 'id', 'opensAt' and 'closesAt'")
        NewCoupon template,
    @NotNull @Valid Schedule schedule) {}
