package io.firstcome.coupon.lottery;

import io.firstcome.coupon.model.LotteryConfig;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Lease;
import io.firstcome.redis.Scripts;
import io.firstcome.work.PeriodicTask;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Draws lotteries that are due, on every replica; a lease keeps two from the same draw. The lease
 * saves work and proves nothing, see {@link Drawing}.
 */
@ApplicationScoped
class DrawWorker {

  private static final Logger LOG = Logger.getLogger(DrawWorker.class);

  /** Of a pass; the next goes on. */
  private static final int AT_ONCE = 100;

  private final Drawing drawing;
  private final PublicValues values;
  private final Scripts redis;
  private final LotteryConfig config;
  private final Counter drawn;
  private final Counter failed;
  private final PeriodicTask task;

  DrawWorker(
      Drawing drawing,
      PublicValues values,
      Scripts redis,
      LotteryConfig config,
      MeterRegistry registry) {
    this.drawing = drawing;
    this.values = values;
    this.redis = redis;
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
    Lease lease =
        new Lease(redis, Keys.drawLease(couponId), UUID.randomUUID().toString(), config.lease());
    if (!await(lease.take())) {
      return;
    }
    try {
      if (drawing.advance(couponId, () -> beat(lease))) {
        drawn.increment();
      }
    } catch (Drawing.SupersededException e) {
      LOG.infof("%s", e.getMessage());
    } catch (RuntimeException e) {
      if (!task.isStopped()) {
        failed.increment();
        LOG.warnf("Could not go on with the draw of lottery %s; will retry: %s", couponId, e);
      }
    } finally {
      try {
        await(lease.release());
      } catch (RuntimeException e) {
        LOG.debugf(e, "Could not release the lease of the draw of %s", couponId);
      }
    }
  }

  private void beat(Lease lease) {
    if (task.isStopped() || !await(lease.renew())) {
      throw new Drawing.SupersededException("Another replica goes on with " + lease.key());
    }
  }

  private <T> T await(Uni<T> reply) {
    return reply.await().atMost(redis.timeout().plusSeconds(5));
  }
}
