package io.firstcome.coupon.series;

import io.firstcome.coupon.definition.NewCoupons;
import io.firstcome.coupon.model.NewCoupon;
import io.firstcome.coupon.series.Schedule.Drop;
import io.firstcome.coupon.series.SeriesTable.Stored;
import io.firstcome.coupon.series.SeriesView.DropView.State;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.work.PeriodicTask;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.VertxContextSupport;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Makes the drops of series ahead of their openings, on every replica. The id of a drop says when
 * it opens, and creating a coupon again by the same order changes nothing: so each is made once,
 * however many replicas do it, and whichever of them dies.
 */
@ApplicationScoped
class SeriesMaker {

  private static final Logger LOG = Logger.getLogger(SeriesMaker.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Of a page of series, and of drops of a series in a pass. */
  private static final int AT_ONCE = 100;

  private final SeriesTable series;
  private final NewCoupons coupons;
  private final SeriesConfig config;
  private final Counter made;
  private final Counter refused;
  private final PeriodicTask task;

  SeriesMaker(SeriesTable series, NewCoupons coupons, SeriesConfig config, MeterRegistry registry) {
    this.series = series;
    this.coupons = coupons;
    this.config = config;
    this.made = counter(registry, "made");
    this.refused = counter(registry, "refused");
    this.task =
        new PeriodicTask(
            "firstcome-series",
            config.sweep(),
            this::pass,
            e -> LOG.warnf("Could not make the drops of series; will retry: %s", e));
  }

  private static Counter counter(MeterRegistry registry, String outcome) {
    return Counter.builder("firstcome.series.drops")
        .description("Drops of series that this replica has made, or could not make")
        .tag("outcome", outcome)
        .register(registry);
  }

  void start(@Observes StartupEvent event) {
    task.start();
  }

  void stop(@Observes ShutdownEvent event) throws InterruptedException {
    task.end();
  }

  /** Makes what is due without waiting for the next pass. */
  void wake() {
    task.wake();
  }

  private void pass() {
    String after = "";
    while (!task.isStopped()) {
      List<Stored> page = await(series.running(after, AT_ONCE));
      for (Stored one : page) {
        try {
          make(one);
        } catch (RuntimeException e) {
          LOG.warnf("Could not make the drops of series %s; will retry: %s", one.id(), e);
        }
      }
      if (page.size() < AT_ONCE) {
        return;
      }
      after = page.get(page.size() - 1).id();
    }
  }

  private void make(Stored one) {
    Instant now = Instant.now();
    Instant last = await(series.last(one.id()));
    // What has opened before the series was made, or while no replica ran, is not made up for: but
    // the one that is open still.
    Instant since = last == null ? now.minus(config.ahead()) : last;
    for (Drop drop : one.schedule().after(since, AT_ONCE)) {
      if (drop.opensAt().isAfter(now.plus(config.ahead())) || task.isStopped()) {
        return;
      }
      if (drop.closesAt() == null || drop.closesAt().isAfter(now)) {
        make(one, drop);
      }
    }
  }

  private void make(Stored one, Drop drop) {
    State state = State.MADE;
    try {
      if (create(series.order(one, drop))) {
        LOG.infof("Made %s of series %s, open at %s", one.couponId(drop), one.id(), drop.opensAt());
        made.increment();
      }
    } catch (ProblemException e) {
      if (e.problem().type() != ProblemType.COUPON_EXISTS
          && e.problem().type() != ProblemType.MALFORMED) {
        throw e;
      }
      LOG.errorf(
          "Series %s has no drop at %s, as coupon %s was refused: %s",
          one.id(), drop.opensAt(), one.couponId(drop), e.getMessage());
      refused.increment();
      state = State.REFUSED;
    }
    await(series.made(one, drop, state));
  }

  /** In a context of Vert.x, which a session of Hibernate needs. */
  private boolean create(NewCoupon order) {
    try {
      return VertxContextSupport.subscribeAndAwait(
          () -> coupons.create(order).ifNoItem().after(PATIENCE).fail());
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private <T> T await(Uni<T> work) {
    return work.await().atMost(PATIENCE);
  }
}
