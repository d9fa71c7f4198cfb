package io.firstcome.http.identity;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;

/** How often somebody may fail to say who they are, by the address that they come from. */
public interface AddressLimit {

  /**
   * Why nobody new is let in from this address now, or null. Told from memory, so that a flood of
   * made-up credentials costs no look at them.
   */
  Problem refusal(HttpServerRequest request);

  /**
   * Takes a token from the bucket of an address that sent credentials which are none. On an event
   * loop.
   *
   * @return fails with a {@link ProblemException} where there was no token left
   */
  Uni<Void> failed(HttpServerRequest request);
}
