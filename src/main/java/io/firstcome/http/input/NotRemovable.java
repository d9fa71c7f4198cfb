package io.firstcome.http.input;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.deser.ContextualDeserializer;
import com.fasterxml.jackson.databind.exc.InvalidNullException;
import java.io.IOException;

/**
 * A field of a merge patch (RFC 7396) that there must be: null, which would remove it, is refused.
 * Jackson's own way, {@code Nulls.FAIL}, refuses a field that is left out as well.
 */
public final class NotRemovable extends JsonDeserializer<Object> implements ContextualDeserializer {
  private final JsonDeserializer<Object> value;
  private final BeanProperty field;

  public NotRemovable() {
    this(null, null);
  }

  private NotRemovable(JsonDeserializer<Object> value, BeanProperty field) {
    this.value = value;
    this.field = field;
  }

  @Override
  public JsonDeserializer<?> createContextual(DeserializationContext context, BeanProperty field)
      throws JsonMappingException {
    return new NotRemovable(context.findContextualValueDeserializer(field.getType(), field), field);
  }

  @Override
  public Object deserialize(JsonParser parser, DeserializationContext context) throws IOException {
    return value.deserialize(parser, context);
  }

  @Override
  public Object getNullValue(DeserializationContext context) throws JsonMappingException {
    throw InvalidNullException.from(context, field.getFullName(), field.getType());
  }

  @Override
  public Object getAbsentValue(DeserializationContext context) {
    return null;
  }
}
