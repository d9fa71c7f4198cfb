package io.firstcome.metrics;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Asks a store again and again for what a gauge shows: at once and then once a period, and never
 * while the question before is unanswered, so that a store that is slow is asked less.
 */
public final class Poll implements AutoCloseable {

  private final Vertx vertx;
  private final Supplier<Uni<?>> question;
  private final AtomicBoolean asking = new AtomicBoolean();
  private final AtomicBoolean again = new AtomicBoolean();
  private final long timer;

  private Poll(Vertx vertx, Duration period, Supplier<Uni<?>> question) {
    this.vertx = vertx;
    this.question = question;
    this.timer = vertx.setPeriodic(period.toMillis(), tick -> ask());
  }

  /**
   * Begins to ask.
   *
   * @param question must not block, and must end; its failures are its own to show
   */
  public static Poll every(Duration period, Vertx vertx, Supplier<Uni<?>> question) {
    Poll poll = new Poll(vertx, period, question);
    poll.ask();
    return poll;
  }

  /** Asks out of turn; while a question is unanswered, once more after its answer. */
  public void soon() {
    again.set(true);
    ask();
  }

  private void ask() {
    if (asking.compareAndSet(false, true)) {
      again.set(false);
      Uni.createFrom()
          .deferred(question)
          .onTermination()
          .invoke(this::answered)
          .subscribe()
          .with(answer -> {}, failure -> {});
    }
  }

  private void answered() {
    asking.set(false);
    if (again.get()) {
      ask();
    }
  }

  /** Asks no more. Vert.x outlives the beans that a question needs. */
  @Override
  public void close() {
    vertx.cancelTimer(timer);
  }
}
