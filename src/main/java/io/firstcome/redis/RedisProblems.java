package io.firstcome.redis;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** What a client is told when Redis did not do what it was asked. */
public class RedisProblems {

  @ServerExceptionMapper
  Response redis(RedisException e) {
    return of(e).toResponse();
  }

  public static Problem of(RedisException e) {
    return Problem.of(
        switch (e.outcome()) {
          case NOT_DONE -> ProblemType.REDIS_UNAVAILABLE;
          case UNKNOWN -> ProblemType.UNKNOWN_OUTCOME;
          case OVERLOADED -> ProblemType.OVERLOADED;
        });
  }
}
