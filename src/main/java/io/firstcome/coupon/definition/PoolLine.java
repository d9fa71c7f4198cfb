package io.firstcome.coupon.definition;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** How the lines of an uploaded pool name codes. */
enum PoolLine {
  /** A code as a string, or as the member {@code code} of an object. */
  NDJSON("application/x-ndjson"),
  /** A column, with {@code code} above it or nothing. */
  CSV("text/csv");

  private static final int MIN_LENGTH = 4;
  private static final int MAX_LENGTH = 64;

  private final String mediaType;

  PoolLine(String mediaType) {
    this.mediaType = mediaType;
  }

  /** The form of this {@code Content-Type}, or null. */
  static PoolLine of(String contentType) {
    if (contentType == null) {
      return null;
    }
    int semicolon = contentType.indexOf(';');
    String type = (semicolon < 0 ? contentType : contentType.substring(0, semicolon)).trim();
    for (PoolLine form : values()) {
      if (form.mediaType.equalsIgnoreCase(type)) {
        return form;
      }
    }
    return null;
  }

  /**
   * The code of a line; empty where it has none and needs none.
   *
   * @param number of the line, from 1
   * @throws IllegalArgumentException where it is no code; the message says why, and not the code
   */
  String code(String line, long number, ObjectMapper json) {
    String text = line.strip();
    if (text.isEmpty()) {
      return "";
    }
    if (this == CSV && number == 1 && unquoted(text).equalsIgnoreCase("code")) {
      return "";
    }
    String code = this == CSV ? unquoted(text) : ofJson(text, json);
    if (code.length() < MIN_LENGTH || code.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "must be " + MIN_LENGTH + " to " + MAX_LENGTH + " characters");
    }
    if (!code.chars().allMatch(c -> c >= 0x21 && c <= 0x7E)) {
      throw new IllegalArgumentException("must be visible ASCII characters");
    }
    return code;
  }

  private static String ofJson(String text, ObjectMapper json) {
    try {
      JsonNode node = json.readTree(text);
      JsonNode code = node.isObject() ? node.path("code") : node;
      if (code.isTextual()) {
        return code.textValue();
      }
    } catch (JsonProcessingException e) {
      // It names what is there, which may be a code.
    }
    throw new IllegalArgumentException("must be a string in JSON, or an object with 'code'");
  }

  private static String unquoted(String text) {
    boolean quoted = text.length() > 1 && text.startsWith("\"") && text.endsWith("\"");
    String inner = quoted ? text.substring(1, text.length() - 1) : text;
    if (!quoted && inner.indexOf(',') >= 0) {
      throw new IllegalArgumentException("must be one column");
    }
    return quoted ? inner.replace("\"\"", "\"") : inner;
  }
}
