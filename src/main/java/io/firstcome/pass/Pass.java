package io.firstcome.pass;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * What a pass says.
 *
 * @param userId whose it is
 * @param queueId the queue that let the user in
 * @param opens ids of the coupons and sales that it is good for; empty: all that demand a pass of
 *     this queue
 * @param expiresAtSeconds from then on it is good for nothing, in seconds since 1970
 */
public record Pass(String userId, String queueId, List<String> opens, long expiresAtSeconds) {

  static final String ISSUER = "firstcome";

  /** No token of anything else has it. */
  static final String AUDIENCE = "firstcome:pass";

  /** As the payload of a token (RFC 7519). */
  String claims(long issuedAtSeconds) {
    JsonObject claims =
        new JsonObject()
            .put("iss", ISSUER)
            .put("aud", AUDIENCE)
            .put("sub", userId)
            .put("queue", queueId)
            .put("iat", issuedAtSeconds)
            .put("exp", expiresAtSeconds);
    if (!opens.isEmpty()) {
      claims.put("opens", new JsonArray(opens));
    }
    return claims.encode();
  }

  /** Reads a payload whose signature was verified; null where it is no pass. */
  static Pass of(String payload) {
    try {
      JsonObject claims = new JsonObject(payload);
      if (!ISSUER.equals(claims.getValue("iss"))
          || !AUDIENCE.equals(claims.getValue("aud"))
          || !(claims.getValue("sub") instanceof String user)
          || !(claims.getValue("queue") instanceof String queue)
          || !(claims.getValue("exp") instanceof Number end)) {
        return null;
      }
      JsonArray opens = claims.getJsonArray("opens", new JsonArray());
      return new Pass(
          user, queue, opens.stream().map(String.class::cast).toList(), end.longValue());
    } catch (DecodeException | ClassCastException e) {
      return null;
    }
  }
}
