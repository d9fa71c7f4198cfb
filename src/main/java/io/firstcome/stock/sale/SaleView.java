package io.firstcome.stock.sale;

import io.firstcome.durability.Acknowledge;
import io.firstcome.stock.model.Sale;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A sale as the API shows it. */
@Schema(name = "Sale")
record SaleView(
    @Schema(examples = "summer-2026") String id,
    @Schema(examples = "Summer sale") String name,
    @Schema(description = "When a reservation is acknowledged", examples = "REDIS")
        Acknowledge acknowledge,
    @Schema(
            description = "ISO 4217, of the prices of its items; null if they have none",
            nullable = true,
            examples = "EUR")
        String currency,
    @Schema(description = "The queue whose pass a reservation needs; null: none", examples = "door")
        String queue) {

  static SaleView of(Sale sale) {
    return new SaleView(
        sale.id,
        sale.name,
        sale.acknowledge,
        sale.currency,
        sale.queue.isEmpty() ? null : sale.queue);
  }
}
