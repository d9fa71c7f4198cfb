package io.firstcome.work;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.smallrye.mutiny.Uni;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/** Work that few callers may do at once: one more is refused. */
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

  /** Work of the caller's own thread. */
  public <T> T run(Supplier<T> work) {
    take();
    try {
      return work.get();
    } finally {
      permits.release();
    }
  }

  /** Work that has ended when the {@code Uni} has. */
  public <T> Uni<T> during(Supplier<Uni<T>> work) {
    return Uni.createFrom()
        .deferred(
            () -> {
              take();
              return Uni.createFrom()
                  .deferred(work::get)
                  .onTermination()
                  .invoke(() -> permits.release());
            });
  }

  private void take() {
    if (!permits.tryAcquire()) {
      throw Problem.of(ProblemType.OVERLOADED).detail(refusal).asException();
    }
  }
}
