package io.firstcome.stock.sale;

import io.firstcome.durability.Acknowledge;
import io.firstcome.http.input.Digests;
import io.firstcome.http.input.Ids;
import io.firstcome.http.input.Money;
import io.firstcome.http.input.PlainText;
import io.firstcome.lifecycle.Status;
import io.firstcome.mysql.Micros;
import io.firstcome.stock.model.Sale;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.time.Instant;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A sale as the operator orders it. */
@Schema(description = "A new sale")
record NewSale(
    @Pattern(regexp = Ids.COUPON, message = Ids.COUPON_MESSAGE)
        @Schema(description = "Generated if omitted", examples = "summer-2026")
        String id,
    @NotBlank
        @Size(max = PlainText.MAX_LENGTH)
        @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
        @Schema(examples = "Summer sale")
        String name,
    @Schema(
            description = "When a reservation is acknowledged; firstcome.acknowledge if omitted",
            examples = "DATABASE")
        Acknowledge acknowledge,
    @Pattern(regexp = Money.CURRENCY, message = Money.CURRENCY_MESSAGE)
        @Schema(
            description = "ISO 4217: of the prices of its items, which have none if omitted",
            examples = "EUR")
        String currency,
    @Pattern(regexp = "|" + Ids.COUPON, message = Ids.COUPON_MESSAGE)
        @Schema(
            description = "The queue whose pass a reservation needs; none if omitted",
            examples = "door")
        String queue,
    @Schema(description = "Open immediately if omitted", examples = "2026-07-01T10:00:00Z")
        Instant opensAt,
    @Schema(description = "No end if omitted", examples = "2026-07-02T10:00:00Z")
        Instant closesAt) {

  NewSale {
    opensAt = Micros.truncate(opensAt);
    closesAt = Micros.truncate(closesAt);
    id = id == null ? UUID.randomUUID().toString() : id;
    queue = queue == null ? "" : queue;
  }

  /** As it starts in MySQL. */
  Sale sale(Acknowledge.Setting level) {
    Sale sale = new Sale();
    sale.id = id;
    sale.name = name;
    sale.acknowledge = level.orDefault(acknowledge);
    sale.currency = currency;
    sale.queue = queue;
    sale.status = Status.OPEN;
    sale.opensAt = opensAt;
    sale.closesAt = closesAt;
    sale.creation = digest();
    return sale;
  }

  /** Tells whether a request is this one again, whatever has become of the sale since. */
  private String digest() {
    // Only where it says something, so that requests from before it was keep theirs.
    return Digests.of(
        name
            + (acknowledge == null ? "" : "\nacknowledge " + acknowledge)
            + (currency == null ? "" : "\ncurrency " + currency)
            + (queue.isEmpty() ? "" : "\nqueue " + queue)
            + (opensAt == null ? "" : "\nopens " + opensAt)
            + (closesAt == null ? "" : "\ncloses " + closesAt));
  }
}
