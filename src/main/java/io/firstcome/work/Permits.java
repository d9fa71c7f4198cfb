package io.firstcome.work;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/** Work that few callers may do at once, each on their own thread: one more is refused. */
public final class Permits {

  private final Semaphore permits;
  private final String refusal;

  /**
   * @param refusal the detail of the problem {@code overloaded}
   */
  public Permits(int permits, String refusal) {
    this.permits = new Semaphore(permits);
    this.refusal = refusal;
  }

  public <T> T run(Supplier<T> work) {
    if (!permits.tryAcquire()) {
      throw Problem.of(ProblemType.OVERLOADED).detail(refusal).asException();
    }
    try {
      return work.get();
    } finally {
      permits.release();
    }
  }
}
