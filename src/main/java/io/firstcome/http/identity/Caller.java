package io.firstcome.http.identity;

import java.security.Principal;
import java.util.Map;
import java.util.function.Supplier;

/** The user of a request, and what the token or the gateway says of them. */
public final class Caller implements Principal {

  private final String id;
  private final Supplier<Map<String, Object>> attributes;

  public Caller(String id, Supplier<Map<String, Object>> attributes) {
    this.id = id;
    this.attributes = attributes;
  }

  /** The user's id. */
  @Override
  public String getName() {
    return id;
  }

  /**
   * The verified attributes, see {@link UserAttributes}; read when they are asked for. Those that
   * are missing or malformed are left out.
   */
  public Map<String, Object> attributes() {
    return attributes.get();
  }
}
