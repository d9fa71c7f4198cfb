package io.firstcome.http.identity;

import java.util.Map;

/**
 * What the trusted gateway adds to a request. Inside the build's JVM nothing: development and tests
 * need no secret. A process in production mode does, which is then in {@code
 * firstcome.test.gateway-secret}.
 */
public final class Gateway {
  private static final String SECRET = System.getProperty("firstcome.test.gateway-secret", "");

  private Gateway() {}

  public static Map<String, String> headers() {
    return SECRET.isEmpty() ? Map.of() : Map.of("X-Gateway-Secret", SECRET);
  }
}
