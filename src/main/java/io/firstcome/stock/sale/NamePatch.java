package io.firstcome.stock.sale;

import io.firstcome.http.input.PlainText;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What can be edited of a sale and of an item. */
@Schema(description = "What to change")
record NamePatch(
    @NotBlank
        @Size(max = PlainText.MAX_LENGTH)
        @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
        @Schema(examples = "Summer sale, extended")
        String name) {}
