package io.firstcome.coupon;

import io.firstcome.ledger.Drainer;
import io.firstcome.metrics.CouponLabels;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.ArrayList;
import java.util.List;

/**
 * What is left of each coupon. All replicas share one number, so that one alone exports it, the one
 * that drains the coupon's ledger: the sum over the replicas is right.
 */
@ApplicationScoped
class CouponGauges {

  private static final long PERIOD_MILLIS = 1_000;

  private final CouponScripts scripts;
  private final Drainer drainer;
  private final CouponLabels labels;
  private final MultiGauge remaining;
  private volatile boolean busy;
  private long timer;

  CouponGauges(
      CouponScripts scripts, Drainer drainer, CouponLabels labels, MeterRegistry registry) {
    this.scripts = scripts;
    this.drainer = drainer;
    this.labels = labels;
    this.remaining =
        MultiGauge.builder("firstcome.coupon.remaining")
            .description("Units left, exported by the replica that drains the coupon's ledger")
            .register(registry);
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    timer = vertx.setPeriodic(PERIOD_MILLIS, tick -> refresh());
  }

  /** Vert.x outlives the beans that a refresh asks. */
  void stop(@Observes ShutdownEvent event, Vertx vertx) {
    vertx.cancelTimer(timer);
  }

  private void refresh() {
    if (busy) {
      return;
    }
    busy = true;
    Multi.createFrom()
        .iterable(drainer.held())
        .filter(id -> labels.of(id).equals(id))
        .onItem()
        .transformToUniAndConcatenate(
            id -> scripts.read(id, null).onFailure().recoverWithUni(Uni.createFrom().nullItem()))
        .collect()
        .asList()
        .onTermination()
        .invoke(() -> busy = false)
        .subscribe()
        .with(this::export, e -> {});
  }

  private void export(List<CouponState> states) {
    List<Row<?>> rows = new ArrayList<>();
    for (CouponState state : states) {
      rows.add(Row.of(Tags.of("coupon", state.id()), state.quantity() - state.issued()));
    }
    remaining.register(rows, true);
  }
}
