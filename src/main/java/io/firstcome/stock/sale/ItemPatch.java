package io.firstcome.stock.sale;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.firstcome.http.input.Money;
import io.firstcome.http.input.NotRemovable;
import io.firstcome.http.input.PlainText;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What to change of an item (RFC 7396): what is left out stays as it is; nothing is removed. */
@Schema(description = "The members to change; omitted members keep their value")
record ItemPatch(
    @JsonDeserialize(using = NotRemovable.class)
        @Size(min = 1, max = PlainText.MAX_LENGTH)
        @Pattern(regexp = PlainText.NOT_BLANK, message = PlainText.BLANK)
        @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
        @Schema(examples = "Sneaker, size 42")
        String name,
    @JsonDeserialize(using = NotRemovable.class)
        @Min(0)
        @Max(Money.MAX_AMOUNT)
        @Schema(
            description = "Price of one unit, in minor units of the sale's currency",
            examples = "1799")
        Long price) {}
