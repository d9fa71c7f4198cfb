package io.firstcome.stock.sale;

import io.firstcome.http.input.Digests;
import io.firstcome.http.input.Ids;
import io.firstcome.http.input.Money;
import io.firstcome.http.input.PlainText;
import io.firstcome.stock.model.StockRequests;
import io.firstcome.stock.model.Strategy;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** An item as the operator orders it. */
@Schema(description = "A new item")
record NewItem(
    @Pattern(regexp = Ids.COUPON, message = Ids.COUPON_MESSAGE)
        @Schema(description = "Generated if omitted", examples = "sneaker-42")
        String id,
    @NotBlank
        @Size(max = PlainText.MAX_LENGTH)
        @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
        @Schema(examples = "Sneaker, size 42")
        String name,
    @NotNull @Min(1) @Max(StockRequests.MAX_QUANTITY) @Schema(examples = "100") Long quantity,
    @Schema(
            description = "How its units are taken; cannot be changed later. HOT if omitted",
            examples = "HOT")
        Strategy strategy,
    @Min(1)
        @Max(StockRequests.MAX_QUANTITY)
        @Schema(
            description = "Maximum units one user may hold and have bought; unlimited if omitted",
            examples = "2")
        Long userLimit,
    @Min(0)
        @Max(Money.MAX_AMOUNT)
        @Schema(
            description =
                "Price of one unit, in minor units of the sale's currency; none if omitted",
            examples = "1999")
        Long price) {

  NewItem {
    id = id == null ? UUID.randomUUID().toString() : id;
    strategy = strategy == null ? Strategy.HOT : strategy;
  }

  /** Tells whether a request is this one again, whatever has become of the item since. */
  String digest() {
    // Only where it says something, so that requests from before it was keep theirs.
    String priced = price == null ? "" : "\nprice " + price;
    return Digests.of(name + "\n" + quantity + "\n" + strategy + "\n" + userLimit + priced);
  }
}
