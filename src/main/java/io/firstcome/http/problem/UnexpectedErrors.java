package io.firstcome.http.problem;

import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import org.jboss.logging.Logger;

/** What nobody expected: logged once, under an id that is all the client learns of it. */
@Singleton
public class UnexpectedErrors {
  private static final Logger LOG = Logger.getLogger(UnexpectedErrors.class);

  public Problem problem(Throwable error, RoutingContext request) {
    Throwable cause = unwrap(error);
    if (cause instanceof ProblemException expected) {
      return expected.problem();
    }
    String id = String.format("%016x", ThreadLocalRandom.current().nextLong());
    // The path as it was sent, percent-encoded: no line break can come in by it. No query, no
    // headers: they may hold what must not be in a log.
    String path = request.request().uri();
    int query = path.indexOf('?');
    LOG.errorf(
        cause,
        "Request failed, errorId %s: %s %s",
        id,
        request.request().method(),
        query < 0 ? path : path.substring(0, query));
    return Problem.of(ProblemType.INTERNAL).with("errorId", id);
  }

  private static Throwable unwrap(Throwable error) {
    Throwable cause = error;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
