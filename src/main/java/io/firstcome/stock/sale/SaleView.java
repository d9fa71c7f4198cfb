package io.firstcome.stock.sale;

import io.firstcome.durability.Acknowledge;
import io.vertx.mutiny.sqlclient.Row;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A sale as the API shows it. */
@Schema(name = "Sale")
record SaleView(
    @Schema(examples = "summer-2026") String id,
    @Schema(examples = "Summer sale") String name,
    @Schema(description = "When a reservation is acknowledged", examples = "REDIS")
        Acknowledge acknowledge) {

  /** Of a row of these columns. */
  static SaleView of(Row row) {
    return new SaleView(
        row.getString("id"),
        row.getString("name"),
        Acknowledge.ofStored(row.getString("acknowledge")));
  }
}
