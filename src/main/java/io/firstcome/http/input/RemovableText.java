package io.firstcome.http.input;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.deser.std.StringDeserializer;
import java.io.IOException;

/**
 * A text of a merge patch (RFC 7396) that there need not be: null removes what is there, as the
 * empty text does; a field that is left out leaves it as it is.
 */
public final class RemovableText extends JsonDeserializer<String> {

  @Override
  public String deserialize(JsonParser parser, DeserializationContext context) throws IOException {
    return StringDeserializer.instance.deserialize(parser, context);
  }

  @Override
  public String getNullValue(DeserializationContext context) {
    return "";
  }

  @Override
  public Object getAbsentValue(DeserializationContext context) {
    return null;
  }
}
