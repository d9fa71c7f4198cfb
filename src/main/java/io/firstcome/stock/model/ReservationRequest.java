package io.firstcome.stock.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/**
 * A request for stock, checked and in canonical order: what a {@link Stock} is asked for.
 *
 * @param saleId the sale
 * @param userId who asks
 * @param key the idempotency key, scoped to sale and user; 1 to 64 visible ASCII characters
 * @param request SHA-256 of the canonical request, 64 hexadecimal digits: another request under the
 *     same key is refused
 * @param quantities item to units, at least 1 each; an item that came twice is added up
 * @param mode what to do where not all can be granted
 * @param ttl how long the units are held
 */
public record ReservationRequest(
    String saleId,
    String userId,
    String key,
    String request,
    SortedMap<String, Long> quantities,
    Mode mode,
    Duration ttl) {

  /** Before the lines. */
  private static final int ARGS = 7;

  /** What to do where not all can be granted. */
  public enum Mode {
    /** Nothing is granted then. */
    ALL_OR_NOTHING,
    /** Of every item as much as there is. */
    PARTIAL
  }

  /** As {@code stock-reserve.lua} takes it; it gets this id if it is granted. */
  public List<String> args(String id) {
    List<String> args = new ArrayList<>(ARGS + 2 * quantities.size());
    args.add(id);
    args.add(userId);
    args.add(key);
    args.add(request);
    args.add(mode == Mode.PARTIAL ? "some" : "all");
    args.add(String.valueOf(ttl.toNanos() / 1_000));
    args.add(String.valueOf(quantities.size()));
    quantities.forEach(
        (itemId, quantity) -> {
          args.add(itemId);
          args.add(quantity.toString());
        });
    return args;
  }

  /** Its lines where it is granted in full. */
  public List<ReservationLine> granted() {
    return quantities.entrySet().stream()
        .map(line -> ReservationLine.granted(line.getKey(), line.getValue()))
        .toList();
  }
}
