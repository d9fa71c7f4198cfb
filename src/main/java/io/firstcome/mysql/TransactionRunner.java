package io.firstcome.mysql;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.work.BoundedWork;
import io.micrometer.core.instrument.Counter;
import io.smallrye.mutiny.Uni;
import io.vertx.mysqlclient.MySQLException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * Makes decisions in MySQL: each is a transaction on one of a few threads, tried again where others
 * were in its way. Threads, queue, tries and time are bounded, so who asks is never left hanging:
 * what cannot be decided is a clear 503.
 */
public class TransactionRunner implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(TransactionRunner.class);

  private final SqlTransactions mysql;
  private final TransactionConfig config;
  private final BoundedWork threads;
  private final Counter retries;

  /**
   * @param name of the threads
   * @param retries counts the tries after the first
   */
  public TransactionRunner(
      String name, SqlTransactions mysql, TransactionConfig config, Counter retries) {
    this.mysql = mysql;
    this.config = config;
    this.threads = new BoundedWork(name, config.threads(), config.maxWaiting());
    this.retries = retries;
  }

  @Override
  public void close() {
    threads.close();
  }

  /**
   * Decides.
   *
   * @param work done in a transaction, maybe more than once; an {@link RetryableConflictException}
   *     says that others were in the way
   * @return what the work returned; fails with {@code overloaded}, {@code contended} or {@code
   *     database-unavailable} where nothing was done, with {@code unknown-outcome} where that is
   *     not known
   */
  public <T> Uni<T> decide(Function<SqlTransaction, T> work) {
    return Uni.createFrom()
        .deferred(
            () -> {
              long deadline = System.nanoTime() + config.patience().toNanos();
              return threads.run(() -> inTime(work, deadline));
            });
  }

  private <T> T inTime(Function<SqlTransaction, T> work, long deadline) {
    if (System.nanoTime() - deadline > 0) {
      throw Problem.of(ProblemType.OVERLOADED).asException();
    }
    for (int attempt = 1; ; attempt++) {
      boolean clear = false;
      try {
        return once(work);
      } catch (RetryableConflictException e) {
        clear = isClearedBy(e);
      } catch (MySQLException e) {
        if (!SqlErrors.isDeadlock(e)) {
          throw refused(e);
        }
      }
      if (attempt >= config.maxAttempts() || System.nanoTime() - deadline > 0) {
        throw Problem.of(ProblemType.CONTENDED).asException();
      }
      retries.increment();
      if (!clear) {
        pause(attempt);
      }
    }
  }

  private <T> T once(Function<SqlTransaction, T> work) {
    boolean[] decided = new boolean[1];
    try {
      return mysql.runBriefly(
          config.lockWaitSeconds(),
          tx -> {
            T result = work.apply(tx);
            decided[0] = true;
            return result;
          });
    } catch (SqlUnavailableException e) {
      LOG.debug("MySQL did not execute a request's statement", e);
      // What was not committed is rolled back with its connection.
      throw Problem.of(decided[0] ? ProblemType.UNKNOWN_OUTCOME : ProblemType.DATABASE_UNAVAILABLE)
          .asException();
    }
  }

  private static boolean isClearedBy(RetryableConflictException e) {
    try {
      return e.clearTheWay();
    } catch (MySQLException | SqlUnavailableException f) {
      LOG.debug("Could not end the reservations that are due", f);
      return false;
    }
  }

  private static RuntimeException refused(MySQLException e) {
    if (SqlErrors.isLockWait(e)) {
      return new ProblemException(Problem.of(ProblemType.CONTENDED), e);
    }
    return SqlErrors.mayPass(e)
        ? new ProblemException(Problem.of(ProblemType.DATABASE_UNAVAILABLE), e)
        : e;
  }

  /** Anything up to the bound, so that those who met do not meet again. */
  private void pause(int attempt) {
    Duration bound = config.retryBackoff().multipliedBy(1L << Math.min(attempt - 1, 16));
    long nanos = Math.min(bound.toNanos(), config.maxRetryBackoff().toNanos());
    LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(nanos));
  }
}
