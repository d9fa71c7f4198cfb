package io.firstcome.pass;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.pass.PassConfig.Algorithm;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;

/**
 * Signs addresses to which visitors return, so that a waiting page can hand one on and nobody can
 * exchange it. Signed by a secret in any case: nobody else has to check them.
 */
@Singleton
public class ReturnAddresses {

  private static final Duration LIFETIME = Duration.ofDays(1);
  private static final String AUDIENCE = "firstcome:return";

  private final SignedTokens tokens;

  ReturnAddresses(PassConfig config) {
    this.tokens =
        new SignedTokens(
            new PassSecrets(config.secrets().orElse(List.of())), TokenKind.RETURN, Algorithm.HS256);
  }

  /** Signs an address that was found to be allowed. */
  public String sign(String queueId, String address) {
    if (!tokens.areOn()) {
      throw Problem.of(ProblemType.PASSES_OFF).asException();
    }
    return tokens.sign(
        new JsonObject()
            .put("aud", AUDIENCE)
            .put("queue", queueId)
            .put("to", address)
            .put("exp", now() + LIFETIME.toSeconds())
            .encode());
  }

  /** The address in a token; null: it was not signed here, for another queue, or is too old. */
  public String read(String queueId, String token) {
    String payload = tokens.areOn() ? tokens.verify(token) : null;
    if (payload == null) {
      return null;
    }
    try {
      JsonObject claims = new JsonObject(payload);
      return AUDIENCE.equals(claims.getString("aud"))
              && queueId.equals(claims.getString("queue"))
              && claims.getLong("exp", 0L) > now()
          ? claims.getString("to")
          : null;
    } catch (DecodeException | ClassCastException e) {
      return null;
    }
  }

  private static long now() {
    return System.currentTimeMillis() / 1_000;
  }
}
