package io.firstcome.coupon.definition;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import io.firstcome.coupon.model.Discount;
import java.io.IOException;

/**
 * The discount of a merge patch (RFC 7396), as a whole: null removes what is there, a field that is
 * left out leaves it as it is.
 */
final class RemovableDiscount extends JsonDeserializer<Discount> {

  @Override
  public Discount deserialize(JsonParser parser, DeserializationContext context)
      throws IOException {
    return context.readValue(parser, Discount.class);
  }

  @Override
  public Discount getNullValue(DeserializationContext context) {
    return Discount.REMOVED;
  }

  @Override
  public Object getAbsentValue(DeserializationContext context) {
    return null;
  }
}
