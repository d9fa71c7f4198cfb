package io.firstcome.queue.definition;

import io.firstcome.history.Describer;
import io.firstcome.queue.model.QueueRequests;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;

/** Tells the history what a queue is. */
@Singleton
class QueueDescriber implements Describer {

  private final Queues queues;

  QueueDescriber(Queues queues) {
    this.queues = queues;
  }

  @Override
  public String type() {
    return "queue";
  }

  @Override
  public Uni<?> describe(String queueId) {
    QueueRequests.checkQueue(queueId);
    return queues.read(queueId);
  }
}
