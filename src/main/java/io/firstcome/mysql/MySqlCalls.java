package io.firstcome.mysql;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.TimeoutException;
import io.smallrye.mutiny.Uni;
import io.vertx.core.VertxException;
import io.vertx.core.impl.NoStackTraceThrowable;
import io.vertx.mysqlclient.MySQLException;
import io.vertx.sqlclient.ClosedConnectionException;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Asks MySQL on behalf of a request: bounded in time, and a clear 503 where it does not answer. Not
 * logged above debug: the drain says once when MySQL goes away and when it is back.
 */
@ApplicationScoped
public class MySqlCalls {

  private static final Logger LOG = Logger.getLogger(MySqlCalls.class);

  private final Duration timeout;
  private final MySqlConnections connections;
  private final MeterRegistry metrics;

  public MySqlCalls(MySqlConfig config, MySqlConnections connections, MeterRegistry metrics) {
    this.connections = connections;
    this.metrics = metrics;
    this.timeout = config.requestTimeout();
  }

  /**
   * The same call, failing with {@code database-unavailable} where MySQL does not do it in time.
   */
  public <T> Uni<T> bounded(Uni<T> call) {
    return explained(call.ifNoItem().after(timeout).fail());
  }

  /** The same of a call that has bounds of its own. */
  public <T> Uni<T> explained(Uni<T> call) {
    return call.onFailure(MySqlCalls::isAway)
        .transform(
            e -> {
              SqlErrors.count(metrics, e);
              connections.judge(e);
              LOG.debug("MySQL did not execute a request's statement", e);
              return Problem.of(ProblemType.DATABASE_UNAVAILABLE).asException();
            });
  }

  /** Whether MySQL is away or busy; anything else is a defect, and to be seen as one. */
  private static boolean isAway(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof ProblemException) {
        return false;
      }
      if (cause instanceof MySQLException || cause instanceof SQLException) {
        return SqlErrors.mayPass(cause);
      }
      if (cause instanceof IOException
          || cause instanceof SqlUnavailableException
          || cause instanceof TimeoutException
          || cause instanceof ClosedConnectionException
          || cause instanceof VertxException
          || cause instanceof NoStackTraceThrowable) {
        return true;
      }
    }
    return false;
  }
}
