package io.firstcome.recovery;

import io.firstcome.http.problem.Problem;
import io.firstcome.ledger.NotLoadedException;
import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** What a client is told where Redis does not hold, or no longer, what its request is about. */
class LoadProblems {

  @ServerExceptionMapper
  Response notLoaded(NotLoadedException e) {
    return Problem.of(e.problem()).toResponse();
  }
}
