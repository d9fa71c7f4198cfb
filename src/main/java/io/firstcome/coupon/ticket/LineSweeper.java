package io.firstcome.coupon.ticket;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.coupon.hot.HotCoupons;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.CouponScripts.Swept;
import io.firstcome.coupon.script.Version;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.metrics.Poll;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.Set;

/**
 * Takes back offered units that were not accepted in time, and gives units to those who wait that
 * no script could give them at once: after an opening, a loss of Redis, or a restock of very many.
 * Of each coupon one replica does it, the one that drains its ledger. The script judges by the
 * clock of Redis, so that two replicas at it do no more than one.
 */
@ApplicationScoped
class LineSweeper {

  private static final int AT_ONCE = 4;

  /** As many as the script moves in a call: there may be more. */
  private static final int MOST = 1_000;

  /** Offers are looked at for an hour longer than the last of them can last. */
  private static final String WITH_WAITLIST =
      "SELECT id FROM coupon WHERE waitlist > 0 AND retired_at IS NULL"
          + " AND (over_since IS NULL OR over_since"
          + " > UTC_TIMESTAMP(6) - INTERVAL COALESCE(accept_within, 0) + 3600 SECOND)";

  private final CouponScripts scripts;
  private final HotCoupons coupons;
  private final Loader loader;
  private final Drainer drainer;
  private final Pool mysql;
  private final TicketConfig config;
  private final Counter lapsed;
  private CouponsInLine withWaitlist;
  private Poll sweep;

  LineSweeper(
      CouponScripts scripts,
      HotCoupons coupons,
      Loaders loaders,
      Drainer drainer,
      Pool mysql,
      TicketConfig config,
      MeterRegistry metrics) {
    this.scripts = scripts;
    this.coupons = coupons;
    this.loader = loaders.of(COUPON);
    this.drainer = drainer;
    this.mysql = mysql;
    this.config = config;
    this.lapsed =
        Counter.builder("firstcome.waitlist.lapsed")
            .description("Offered units that were not accepted in time and went to the next user")
            .register(metrics);
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    withWaitlist = new CouponsInLine(mysql, WITH_WAITLIST, config.look(), vertx);
    sweep = Poll.every(config.sweep(), vertx, this::sweep);
  }

  void stop(@Observes ShutdownEvent event) {
    withWaitlist.close();
    sweep.close();
  }

  private Uni<?> sweep() {
    Set<String> held = drainer.held();
    List<String> mine = withWaitlist.ids().stream().filter(held::contains).toList();
    return CouponsInLine.each(mine, AT_ONCE, this::sweep);
  }

  private Uni<Swept> sweep(String couponId) {
    return loader
        .whole(
            couponId,
            Uni.createFrom().deferred(() -> scripts.sweepLine(couponId, coupons.seen(couponId))))
        .invoke(
            done -> {
              lapsed.increment(done.lapsed());
              if (!done.isNothing()) {
                coupons.heard(couponId, new Version(done.epoch(), done.version()));
                drainer.wrote(couponId);
              }
            })
        .flatMap(
            done ->
                Math.max(done.lapsed(), done.promoted()) < MOST
                    ? Uni.createFrom().item(done)
                    : sweep(couponId))
        .onFailure()
        .recoverWithNull();
  }
}
