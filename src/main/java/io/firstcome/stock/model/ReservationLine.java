package io.firstcome.stock.model;

import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What was asked for of one item, and what of it was granted.
 *
 * @param requested units, at least 1
 * @param granted units, 0 to {@code requested}
 * @param reason why less was granted than requested, else null
 */
@Schema(name = "ReservationLine")
public record ReservationLine(
    @Schema(examples = "sneaker-42") String itemId,
    @Schema(examples = "2") long requested,
    @Schema(examples = "2") long granted,
    @Schema(description = "Why less was granted than requested; else null", nullable = true)
        Reason reason) {

  /** Why less was granted than requested. */
  public enum Reason {
    /** No more was available. */
    INSUFFICIENT_STOCK('s'),
    /** The user may not hold more of this item. */
    USER_LIMIT('u'),
    /** There would have been enough of this one; another line could not be granted in full. */
    OTHER_LINE('o');

    private final char letter;

    Reason(char letter) {
      this.letter = letter;
    }

    public static Reason of(char letter) {
      for (Reason reason : values()) {
        if (reason.letter == letter) {
          return reason;
        }
      }
      throw new IllegalArgumentException("No reason '" + letter + "'");
    }
  }

  public static ReservationLine granted(String itemId, long quantity) {
    return new ReservationLine(itemId, quantity, quantity, null);
  }

  /** This line where nothing is granted, as another one cannot be in full. */
  public ReservationLine refused() {
    return new ReservationLine(itemId, requested, 0, reason == null ? Reason.OTHER_LINE : reason);
  }

  /**
   * These lines where what they were granted cannot be granted again.
   *
   * @param reasons the letter of the reason of each, or a hyphen where that one could be
   */
  public static List<ReservationLine> refused(List<ReservationLine> lines, String reasons) {
    List<ReservationLine> refused = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      char letter = reasons.charAt(i);
      Reason why = letter == '-' ? Reason.OTHER_LINE : Reason.of(letter);
      refused.add(new ReservationLine(lines.get(i).itemId, lines.get(i).granted, 0, why));
    }
    return refused.stream().filter(line -> line.requested > 0).toList();
  }

  /** Lines as the stores keep them: {@code item:requested:granted[:reason's letter],…}. */
  public static String encode(List<ReservationLine> lines) {
    StringBuilder text = new StringBuilder();
    for (ReservationLine line : lines) {
      text.append(text.isEmpty() ? "" : ",").append(line.itemId);
      text.append(':').append(line.requested).append(':').append(line.granted);
      if (line.reason != null) {
        text.append(':').append(line.reason.letter);
      }
    }
    return text.toString();
  }

  /** The reverse of {@link #encode}. */
  public static List<ReservationLine> decode(String text) {
    List<ReservationLine> lines = new ArrayList<>();
    for (String word : text.split(",")) {
      String[] parts = word.split(":");
      lines.add(
          new ReservationLine(
              parts[0],
              Long.parseLong(parts[1]),
              Long.parseLong(parts[2]),
              parts.length > 3 ? Reason.of(parts[3].charAt(0)) : null));
    }
    return List.copyOf(lines);
  }
}
