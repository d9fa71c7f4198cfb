package io.firstcome.http.input;

import io.firstcome.http.problem.Problem;
import jakarta.ws.rs.core.Response;

/** What makes a repeated request the same one. */
public final class IdempotencyKey {

  public static final String HEADER = "Idempotency-Key";

  /** Of an answer: {@code true} where the key was used before, and nothing was done now. */
  public static final String REPLAYED = "Idempotent-Replayed";

  private IdempotencyKey() {}

  /** Refuses what cannot be one. */
  public static void check(String key) {
    if (!Ids.isKey(key)) {
      throw Problem.malformed(HEADER, Ids.KEY_MESSAGE).asException();
    }
  }

  /** The response, which says so where it is a replay. */
  public static Response response(Response.ResponseBuilder response, boolean replayed) {
    return (replayed ? response.header(REPLAYED, true) : response).build();
  }
}
