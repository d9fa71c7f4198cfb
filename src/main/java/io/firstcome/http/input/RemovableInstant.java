package io.firstcome.http.input;

import com.fasterxml.jackson.databind.DeserializationContext;
import java.time.Instant;
import java.util.function.UnaryOperator;

/**
 * An instant of a merge patch (RFC 7396), where null is not the same as nothing: null removes what
 * is there, a field that is left out leaves it as it is.
 */
public final class RemovableInstant extends JsonRules.StrictInstant {
  private static final long serialVersionUID = 1L;

  /** What null is read as. No JSON is read as this one. */
  public static final Instant REMOVED = Instant.MIN;

  /** The instant, or null where it is removed. */
  public static Instant orNull(Instant instant) {
    return instant == REMOVED ? null : instant;
  }

  /** What the instant becomes; {@link #REMOVED} stays. */
  public static Instant map(Instant instant, UnaryOperator<Instant> by) {
    return instant == REMOVED ? instant : by.apply(instant);
  }

  @Override
  public Instant getNullValue(DeserializationContext context) {
    return REMOVED;
  }

  @Override
  public Object getAbsentValue(DeserializationContext context) {
    return null;
  }
}
