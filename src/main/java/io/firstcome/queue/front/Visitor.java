package io.firstcome.queue.front;

import io.firstcome.http.input.Digests;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;

/**
 * Somebody who did not say who they are: known by a secret in their cookie, of which only a hash is
 * kept. So two tabs of a browser are one visitor.
 *
 * @param userId the user id of the entry
 * @param secret 32 bytes, in the cookie
 */
record Visitor(String userId, String secret, boolean isNew) {

  static final String COOKIE = "fc-visitor";

  /** What the user ids of visitors begin with. */
  static final String PREFIX = "visitor:";

  private static final int SECRET_BYTES = 32;

  /** As many bits as a random UUID has, and some: the id is in Redis for each who waits. */
  private static final int HASH_BYTES = 16;

  private static final Pattern SECRET = Pattern.compile("[A-Za-z0-9_-]{43}");

  /** The visitor of a request, or a new one. */
  static Visitor of(HttpServerRequest request) {
    Cookie cookie = request.getCookie(COOKIE);
    return cookie != null && SECRET.matcher(cookie.getValue()).matches()
        ? new Visitor(idOf(cookie.getValue()), cookie.getValue(), false)
        : fresh();
  }

  private static Visitor fresh() {
    String secret = base64(Digests.random(SECRET_BYTES));
    return new Visitor(idOf(secret), secret, true);
  }

  static String idOf(String secret) {
    byte[] hash = Digests.sha256().digest(secret.getBytes(StandardCharsets.US_ASCII));
    return PREFIX + base64(Arrays.copyOf(hash, HASH_BYTES));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
