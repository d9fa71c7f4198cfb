package io.firstcome.queue.front;

import io.firstcome.http.identity.Visitors;
import io.firstcome.http.input.Digests;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpServerRequest;
import java.util.Base64;

/**
 * Somebody who did not say who they are: known by a secret in their cookie, of which only a hash is
 * kept. So two tabs of a browser are one visitor.
 *
 * @param userId the user id of the entry
 * @param secret 32 bytes, in the cookie
 */
record Visitor(String userId, String secret, boolean isNew) {

  static final String COOKIE = "fc-visitor";

  private static final int SECRET_BYTES = 32;

  /** The visitor of a request, or a new one. */
  static Visitor of(HttpServerRequest request) {
    Cookie cookie = request.getCookie(COOKIE);
    return cookie != null && Visitors.isSecret(cookie.getValue())
        ? new Visitor(Visitors.idOf(cookie.getValue()), cookie.getValue(), false)
        : fresh();
  }

  private static Visitor fresh() {
    String secret =
        Base64.getUrlEncoder().withoutPadding().encodeToString(Digests.random(SECRET_BYTES));
    return new Visitor(Visitors.idOf(secret), secret, true);
  }
}
