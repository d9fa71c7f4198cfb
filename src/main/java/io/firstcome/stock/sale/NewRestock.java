package io.firstcome.stock.sale;

import io.firstcome.http.input.PlainText;
import io.firstcome.stock.model.StockRequests;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A change of an item's total. */
@Schema(name = "Restock", description = "A change of an item's total")
record NewRestock(
    @NotNull
        @Min(-StockRequests.MAX_QUANTITY)
        @Max(StockRequests.MAX_QUANTITY)
        @Schema(
            description = "Units to add; a negative number removes available units",
            examples = "50")
        Long quantity,
    @NotBlank
        @Size(max = PlainText.MAX_LENGTH)
        @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
        @Schema(examples = "Second delivery")
        String reason) {}
