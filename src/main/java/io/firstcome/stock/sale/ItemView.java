package io.firstcome.stock.sale;

import io.firstcome.stock.model.Stock.Level;
import io.firstcome.stock.model.Strategy;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** An item as the API shows it. */
@Schema(name = "Item")
record ItemView(
    @Schema(examples = "sneaker-42") String id,
    @Schema(examples = "Sneaker, size 42") String name,
    @Schema(examples = "HOT") Strategy strategy,
    @Schema(
            description = "Maximum units one user may hold and have bought; null: unlimited",
            examples = "2")
        Long userLimit,
    @Schema(
            description = "Price of one unit, in minor units of the sale's currency; null: none",
            nullable = true,
            examples = "1999")
        Long price,
    @Schema(description = "available + held + sold", examples = "100") long total,
    @Schema(examples = "60") long available,
    @Schema(examples = "10") long held,
    @Schema(examples = "30") long sold) {

  /** The same with these numbers. */
  ItemView at(Level level) {
    return new ItemView(
        id,
        name,
        strategy,
        userLimit,
        price,
        level.total(),
        level.available(),
        level.held(),
        level.sold());
  }
}
