package io.firstcome.stock.reservation;

import io.firstcome.http.input.Digests;
import io.firstcome.http.input.Ids;
import io.firstcome.http.problem.ErrorMember;
import io.firstcome.http.problem.Problem;
import io.firstcome.stock.model.ReservationRequest;
import io.firstcome.stock.model.StockConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What a user asks for. Checked by hand, not by annotations: it is the hot request of this room.
 */
@Schema(description = "What to reserve")
public record NewReservation(
    @Schema(
            required = true,
            minItems = 1,
            maxItems = NewReservation.MAX_ITEMS,
            description = "Quantities of a repeated item are added up")
        List<Item> items,
    @Schema(
            description =
                "If not all units can be granted: grant none (the default), or those available",
            examples = "ALL_OR_NOTHING")
        ReservationRequest.Mode mode,
    @Schema(
            minimum = "1",
            description = "How long the units are held; firstcome.stock.ttl if omitted",
            examples = "600")
        Long ttlSeconds) {

  /** Before those that come twice are added up. */
  public static final int MAX_ITEMS = 1_000;

  /** Units of an item. */
  @Schema(name = "ReservationItem")
  public record Item(
      @Schema(required = true, examples = "sneaker-42") String itemId,
      @Schema(required = true, minimum = "1", examples = "2") Long quantity) {}

  /** The order this is, of this user and under this key; refuses what breaks a rule. */
  public ReservationRequest order(String saleId, String userId, String key, StockConfig config) {
    List<ErrorMember> errors = new ArrayList<>(0);
    TreeMap<String, Long> quantities = quantities(config, errors);
    Duration ttl = config.ttl();
    if (ttlSeconds != null) {
      if (ttlSeconds < 1 || ttlSeconds > config.maxTtl().toSeconds()) {
        errors.add(new ErrorMember("ttlSeconds", "must be 1 to " + config.maxTtl().toSeconds()));
      } else {
        ttl = Duration.ofSeconds(ttlSeconds);
      }
    }
    if (!errors.isEmpty()) {
      throw Problem.malformed(errors).asException();
    }
    ReservationRequest.Mode asked = mode == null ? ReservationRequest.Mode.ALL_OR_NOTHING : mode;
    // In canonical order: the same items said otherwise are the same request.
    String request = Digests.of(asked + "\n" + ttlSeconds + "\n" + quantities);
    return new ReservationRequest(saleId, userId, key, request, quantities, asked, ttl);
  }

  private TreeMap<String, Long> quantities(StockConfig config, List<ErrorMember> errors) {
    TreeMap<String, Long> quantities = new TreeMap<>();
    if (items == null || items.isEmpty() || items.size() > MAX_ITEMS) {
      errors.add(new ErrorMember("items", "must be 1 to " + MAX_ITEMS + " items"));
      return quantities;
    }
    long most = config.maxLineQuantity();
    for (int i = 0; i < items.size(); i++) {
      Item item = items.get(i);
      if (item == null) {
        errors.add(new ErrorMember("items[" + i + "]", "must not be null"));
        continue;
      }
      boolean isId = Ids.isResourceId(item.itemId());
      if (!isId) {
        errors.add(new ErrorMember("items[" + i + "].itemId", Ids.COUPON_MESSAGE));
      }
      if (item.quantity() == null || item.quantity() < 1 || item.quantity() > most) {
        errors.add(new ErrorMember("items[" + i + "].quantity", "must be 1 to " + most));
      } else if (isId && quantities.merge(item.itemId(), item.quantity(), Long::sum) > most) {
        errors.add(
            new ErrorMember(
                "items[" + i + "].quantity",
                "exceeds the maximum of " + most + " units of the item"));
      }
    }
    if (quantities.size() > config.maxLines()) {
      errors.add(
          new ErrorMember("items", "must be at most " + config.maxLines() + " different items"));
    }
    return quantities;
  }
}
