package io.firstcome.coupon.metrics;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.metrics.CouponLabels;
import io.firstcome.metrics.Poll;
import io.firstcome.redis.Keys;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * How many units each coupon, or campaign, has and has left, and whether what must always hold
 * does. All replicas share these numbers, so that one alone exports them, the one that drains the
 * coupon's ledger: the sum over the replicas is right. Rehearsals are left out.
 */
@ApplicationScoped
class CouponGauges {

  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final CouponScripts scripts;
  private final Drainer drainer;
  private final CouponLabels labels;
  private final Invariants invariants;
  private final MultiGauge quantity;
  private final MultiGauge remaining;
  private final MultiGauge withheld;
  private final MultiGauge waiting;
  private final MultiGauge queued;
  private final MultiGauge offered;
  private final MultiGauge codes;
  private final MultiGauge violations;
  private Poll poll;

  CouponGauges(
      CouponScripts scripts,
      Drainer drainer,
      CouponLabels labels,
      Invariants invariants,
      MeterRegistry registry) {
    this.scripts = scripts;
    this.drainer = drainer;
    this.labels = labels;
    this.invariants = invariants;
    this.quantity =
        MultiGauge.builder("firstcome.coupon.quantity")
            .description("Quantity of the coupon, exported by the replica that drains its ledger")
            .register(registry);
    this.remaining =
        MultiGauge.builder("firstcome.coupon.remaining")
            .description("Units left, exported by the replica that drains the coupon's ledger")
            .register(registry);
    this.withheld =
        MultiGauge.builder("firstcome.coupon.withheld")
            .description(
                "Units not issued because Redis may have issued them before it lost data, exported"
                    + " by the replica that drains the coupon's ledger")
            .register(registry);
    this.waiting =
        MultiGauge.builder("firstcome.coupon.waiting")
            .description(
                "Users on the coupon's waitlist, exported by the replica that drains its ledger")
            .register(registry);
    this.queued =
        MultiGauge.builder("firstcome.coupon.queued")
            .description(
                "Issued units that are to be handed out in their turn, exported by the replica that"
                    + " drains the coupon's ledger")
            .register(registry);
    this.offered =
        MultiGauge.builder("firstcome.coupon.offered")
            .description(
                "Issued units that were offered to users who waited and are not accepted yet,"
                    + " exported by the replica that drains the coupon's ledger")
            .register(registry);
    this.codes =
        MultiGauge.builder("firstcome.coupon.codes.left")
            .description(
                "Codes of the coupon's pool that no unit has, exported by the replica that drains"
                    + " the coupon's ledger")
            .register(registry);
    this.violations =
        MultiGauge.builder("firstcome.invariant.violations")
            .description(
                "1 if the invariant is violated, else 0, exported by the replica that drains the"
                    + " coupon's ledger")
            .register(registry);
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    poll = Poll.every(PERIOD, vertx, this::refresh);
  }

  void stop(@Observes ShutdownEvent event) {
    poll.close();
  }

  private Uni<?> refresh() {
    return Multi.createFrom()
        .iterable(drainer.held())
        .filter(id -> COUPON.owns(id) && labels.assignTo(Keys.campaignOf(id)))
        .onItem()
        .transformToUniAndConcatenate(
            id -> scripts.read(id, null).onFailure().recoverWithUni(Uni.createFrom().nullItem()))
        .collect()
        .asList()
        .invoke(this::export);
  }

  private void export(List<CouponState> states) {
    List<Row<?>> quantities = new ArrayList<>();
    List<Row<?>> left = new ArrayList<>();
    List<Row<?>> kept = new ArrayList<>();
    List<Row<?>> wait = new ArrayList<>();
    List<Row<?>> offers = new ArrayList<>();
    List<Row<?>> turns = new ArrayList<>();
    List<Row<?>> unused = new ArrayList<>();
    List<Row<?>> violated = new ArrayList<>();
    Map<String, List<CouponState>> byCoupon =
        states.stream().collect(Collectors.groupingBy(state -> Keys.campaignOf(state.id())));
    byCoupon.forEach(
        (id, parts) -> {
          Tags coupon = Tags.of("coupon", id);
          if (!parts.get(0).rehearsal()) {
            quantities.add(sum(coupon, parts, CouponState::quantity));
            kept.add(sum(coupon, parts, CouponState::withheld));
            left.add(sum(coupon, parts, CouponState::remaining));
            if (parts.get(0).pool() != null) {
              unused.add(sum(coupon, parts, state -> Math.max(0, state.pool() - state.sequence())));
            }
            if (parts.get(0).terms().ratePerSecond() > 0) {
              turns.add(sum(coupon, parts, state -> state.line().queued()));
            }
            if (parts.get(0).terms().waitlist() > 0) {
              wait.add(sum(coupon, parts, state -> state.line().waiting()));
              offers.add(sum(coupon, parts, state -> state.line().offered()));
            }
          }
          // What must hold must hold of a rehearsal too.
          Map<Invariants.Invariant, Integer> broken = new EnumMap<>(Invariants.Invariant.class);
          for (CouponState part : parts) {
            invariants
                .violations(part)
                .forEach((invariant, is) -> broken.merge(invariant, is ? 1 : 0, Math::max));
          }
          broken.forEach(
              (invariant, is) ->
                  violated.add(Row.of(coupon.and("invariant", invariant.slug()), is)));
        });
    quantity.register(quantities, true);
    remaining.register(left, true);
    withheld.register(kept, true);
    waiting.register(wait, true);
    queued.register(turns, true);
    offered.register(offers, true);
    codes.register(unused, true);
    violations.register(violated, true);
  }

  private static Row<?> sum(
      Tags coupon, List<CouponState> parts, ToLongFunction<CouponState> number) {
    return Row.of(coupon, parts.stream().mapToLong(number).sum());
  }
}
