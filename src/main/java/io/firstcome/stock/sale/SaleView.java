package io.firstcome.stock.sale;

import io.firstcome.durability.Acknowledge;
import io.firstcome.lifecycle.Lifecycle;
import io.firstcome.stock.model.Sale;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A sale as the API shows it. */
@Schema(name = "Sale")
record SaleView(
    @Schema(examples = "summer-2026") String id,
    @Schema(examples = "Summer sale") String name,
    @Schema(description = "What a new reservation would meet", examples = "OPEN")
        Lifecycle.Phase state,
    @Schema(
            description = "null: open since its creation",
            nullable = true,
            examples = "2026-07-01T10:00:00Z")
        Instant opensAt,
    @Schema(description = "null: no end", nullable = true, examples = "2026-07-02T10:00:00Z")
        Instant closesAt,
    @Schema(description = "When a reservation is acknowledged", examples = "REDIS")
        Acknowledge acknowledge,
    @Schema(
            description = "ISO 4217, of the prices of its items; null if they have none",
            nullable = true,
            examples = "EUR")
        String currency,
    @Schema(description = "The queue whose pass a reservation needs; null: none", examples = "door")
        String queue,
    @Schema(description = "Increases with every change of the definition", examples = "1")
        long version,
    @Schema(
            description =
                "The time of the store that decides whether the sale is open: of MySQL where its"
                    + " items are decided there, else of Redis")
        Instant serverTime) {

  /**
   * @param now of the store that decides
   */
  static SaleView of(Sale sale, Instant now) {
    return new SaleView(
        sale.id,
        sale.name,
        sale.lifecycle().at(now),
        sale.opensAt,
        sale.closesAt,
        sale.acknowledge,
        sale.currency,
        sale.queue.isEmpty() ? null : sale.queue,
        sale.version,
        now);
  }
}
