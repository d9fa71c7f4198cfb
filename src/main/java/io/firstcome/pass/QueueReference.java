package io.firstcome.pass;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;

/** Checks the queue that a new definition names: without passes of it nobody would get anything. */
@Singleton
public class QueueReference {

  private final Passes passes;
  private final KnownQueues queues;

  QueueReference(Passes passes, KnownQueues queues) {
    this.passes = passes;
    this.queues = queues;
  }

  /**
   * Fails with passes-off, or with malformed where there is no such queue.
   *
   * @param queueId null or empty: none is named
   */
  public Uni<Void> check(String queueId) {
    if (queueId == null || queueId.isEmpty()) {
      return Uni.createFrom().voidItem();
    }
    if (!passes.areOn()) {
      return Uni.createFrom().failure(Problem.of(ProblemType.PASSES_OFF).asException());
    }
    return queues
        .exists(queueId)
        .invoke(
            isThere -> {
              if (!isThere) {
                throw Problem.malformed("queue", "names no queue").asException();
              }
            })
        .replaceWithVoid();
  }
}
