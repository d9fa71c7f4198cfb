package io.firstcome.coupon.lottery;

import io.firstcome.http.input.PlainText;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** The public value of a draw. */
@Schema(
    description = "The public value that becomes a part of the seed, exactly as it is published")
record NewPublicValue(
    @NotBlank
        @Size(max = MAX_LENGTH)
        @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
        @Schema(examples = "d40d7a7d1d8b6c2b7bd4a5ff0d7e3b5a")
        String value,
    @Size(max = PlainText.MAX_LENGTH)
        @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
        @Schema(
            description = "The name of the value, compared with that of the draw; may be omitted",
            examples = "League of entropy, quicknet, round 20000000")
        String name) {

  static final int MAX_LENGTH = 1_000;
}
