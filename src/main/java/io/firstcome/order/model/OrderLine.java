package io.firstcome.order.model;

import java.util.ArrayList;
import java.util.List;

/**
 * Units of an item that are ordered.
 *
 * @param quantity at least 1
 * @param price of one unit, in minor units, at least 0
 */
public record OrderLine(String itemId, long quantity, long price) {

  /** What the units cost together; small enough to be one, see {@code Quote}. */
  public long amount() {
    return Math.multiplyExact(quantity, price);
  }

  /** Lines as MySQL keeps them: {@code item:quantity:price,…}. */
  public static String encode(List<OrderLine> lines) {
    StringBuilder text = new StringBuilder();
    for (OrderLine line : lines) {
      text.append(text.isEmpty() ? "" : ",").append(line.itemId);
      text.append(':').append(line.quantity).append(':').append(line.price);
    }
    return text.toString();
  }

  /** The reverse of {@link #encode}. */
  public static List<OrderLine> decode(String text) {
    List<OrderLine> lines = new ArrayList<>();
    for (String line : text.split(",")) {
      String[] parts = line.split(":");
      lines.add(new OrderLine(parts[0], Long.parseLong(parts[1]), Long.parseLong(parts[2])));
    }
    return List.copyOf(lines);
  }
}
