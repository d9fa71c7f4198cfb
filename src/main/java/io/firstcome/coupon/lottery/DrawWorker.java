package io.firstcome.coupon.lottery;

import io.firstcome.coupon.model.LotteryConfig;
import io.firstcome.lock.Held;
import io.firstcome.lock.Locks;
import io.firstcome.work.BoundedWork;
import io.firstcome.work.PeriodicTask;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Draws lotteries that are due, on every replica; a lock keeps two from the same draw. The lock
 * saves work and proves nothing, see {@link Drawing}.
 */
@ApplicationScoped
class DrawWorker {

  private static final Logger LOG = Logger.getLogger(DrawWorker.class);

  /** Begins the name of the lock of a draw; no lock of a job has a colon. */
  static final String LOCK = "draw:";

  /** Of a pass; the next goes on. */
  private static final int AT_ONCE = 100;

  private final Drawing drawing;
  private final PublicValues values;
  private final Locks locks;
  private final LotteryConfig config;
  private final Counter drawn;
  private final Counter failed;
  private final PeriodicTask task;
  private final BoundedWork draws = new BoundedWork("firstcome-draw", 1, 1);

  DrawWorker(
      Drawing drawing,
      PublicValues values,
      Locks locks,
      LotteryConfig config,
      MeterRegistry registry) {
    this.drawing = drawing;
    this.values = values;
    this.locks = locks;
    this.config = config;
    this.drawn =
        Counter.builder("firstcome.lottery.draws")
            .description("Draws that this replica has ended")
            .register(registry);
    this.failed =
        Counter.builder("firstcome.lottery.draw.failures")
            .description("Attempts to go on with a draw that failed")
            .register(registry);
    this.task =
        new PeriodicTask(
            "firstcome-lottery",
            config.sweep(),
            this::pass,
            e -> LOG.warnf("Could not look for draws that are due; will retry: %s", e));
  }

  void start(@Observes StartupEvent event) {
    task.start();
  }

  /** What is not written yet another replica writes. */
  void stop(@Observes ShutdownEvent event) throws InterruptedException {
    task.end();
    draws.close();
  }

  /** Draws what is due without waiting for the next pass. */
  void wake() {
    task.wake();
  }

  private void pass() {
    for (String waiting : values.areFetched() ? drawing.waiting(AT_ONCE) : List.<String>of()) {
      values.fetch(
          waiting.substring(0, waiting.indexOf(' ')), waiting.substring(waiting.indexOf(' ') + 1));
    }
    for (String couponId : drawing.due(AT_ONCE)) {
      if (task.isStopped()) {
        return;
      }
      draw(couponId);
    }
  }

  private void draw(String couponId) {
    try {
      Boolean isOver =
          locks
              .withLock(
                  LOCK + couponId,
                  Duration.ZERO,
                  config.lease(),
                  held -> draws.run(() -> drawing.advance(couponId, () -> beat(held, couponId))))
              .await()
              .indefinitely();
      if (Boolean.TRUE.equals(isOver)) {
        drawn.increment();
      }
    } catch (Drawing.SupersededException e) {
      LOG.infof("%s", e.getMessage());
    } catch (RuntimeException e) {
      if (!task.isStopped()) {
        failed.increment();
        LOG.warnf("Could not go on with the draw of lottery %s; will retry: %s", couponId, e);
      }
    }
  }

  private void beat(Held held, String couponId) {
    if (task.isStopped() || !held.isHeld()) {
      throw new Drawing.SupersededException("Another replica goes on with the draw of " + couponId);
    }
  }
}
