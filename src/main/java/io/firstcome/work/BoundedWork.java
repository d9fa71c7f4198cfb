package io.firstcome.work;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.smallrye.mutiny.Uni;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Blocking work on a few dedicated threads with a bounded queue in front: what is over the bound
 * fails at once with {@code overloaded}. Idle threads end.
 */
public final class BoundedWork implements AutoCloseable {

  private static final int IDLE_SECONDS = 30;

  private final ThreadPoolExecutor threads;

  /**
   * @param name of the threads
   * @param maxWaiting tasks in the queue
   */
  public BoundedWork(String name, int threads, int maxWaiting) {
    this.threads =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(maxWaiting),
            work -> new Thread(work, name));
    this.threads.allowCoreThreadTimeOut(true);
  }

  /** Does this on one of the threads, each time it is subscribed to. */
  public <T> Uni<T> run(Supplier<T> work) {
    return Uni.createFrom()
        .item(work)
        .runSubscriptionOn(threads)
        .onFailure(RejectedExecutionException.class)
        .transform(e -> Problem.of(ProblemType.OVERLOADED).asException());
  }

  /** Interrupts what runs, and drops what waits. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
