package io.firstcome.coupon.hot;

import io.firstcome.coupon.hot.Gate.Shut;
import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.ClaimResult.Reason;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.coupon.script.Version;
import io.firstcome.durability.Acknowledge;
import io.firstcome.durability.Acknowledger;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.redis.HashScan;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RedisLinks;
import io.firstcome.redis.Scripts;
import io.firstcome.redis.Subscription;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Redis;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Opens and shuts the gates.
 *
 * <p>A refusal by Redis is the occasion to look, never the proof: it may have been under way for a
 * while. The proof is a reading of the state that began after this replica listened to changes and
 * knew the coupon, so that whatever happened since has been, or will be, heard of:
 *
 * <ol>
 *   <li>read the state: nobody who holds nothing would be issued a unit;
 *   <li>read who holds one, if that is not known already as of this version;
 *   <li>read the state again: same version, same number of holders;
 *   <li>shut the gate as of that version, unless a newer one was heard of meanwhile, or it is no
 *       longer certain what was heard, and from whom.
 * </ol>
 *
 * <p>It opens at once when the scripts tell of a change, and at the loss of the {@link
 * Subscription}; since a message can be lost without anybody noticing, an answer is good for {@code
 * firstcome.gate.max-age} only, and is looked after in good time before that while claims come.
 *
 * <p>It also opens at the loss of a connection that claims go by: whoever answers next may be a
 * replica of Redis that was promoted, and may remember other winners of the same version.
 *
 * <p>Time: the windows are judged by Redis. Its clock is known from the reading, by half a
 * round-trip at worst; nearer to an opening or closing than {@link #MARGIN} the gate is open and
 * Redis is asked.
 */
@ApplicationScoped
public class GateKeeper {

  /** How near to a boundary of the window Redis is asked. */
  static final Duration MARGIN = Duration.ofMillis(250);

  /** A gate that could not be shut is not looked at again before. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  private static final int SCAN_COUNT = 1_000;

  /** How often an answer is looked after in the course of its age. */
  private static final int LOOKS_PER_AGE = 3;

  private final HotCoupons coupons;
  private final CouponScripts scripts;
  private final Scripts redis;
  private final Acknowledger acknowledger;
  private final GateConfig config;
  private final long maxAgeNanos;

  /** What was read in one certainty shuts no gate in the next. */
  private final AtomicInteger certainty = new AtomicInteger();

  private final AtomicBoolean scanning = new AtomicBoolean();

  private volatile boolean listening;

  /** Is given the coupons that were announced and that this replica does not claim from yet. */
  private Consumer<String> unfamiliar = couponId -> {};

  private Subscription subscription;

  GateKeeper(
      HotCoupons coupons,
      CouponScripts scripts,
      Scripts redis,
      Acknowledger acknowledger,
      GateConfig config,
      MeterRegistry metrics) {
    this.coupons = coupons;
    this.scripts = scripts;
    this.redis = redis;
    this.acknowledger = acknowledger;
    this.config = config;
    this.maxAgeNanos = config.maxAge().toNanos();
    Gauge.builder("firstcome.gates.shut", this, GateKeeper::shutGates)
        .description("Coupons whose claims this replica answers from memory")
        .register(metrics);
  }

  void start(@Observes StartupEvent event, Vertx vertx, RedisLinks links, LiveCoupons live) {
    unfamiliar = live::announced;
    links.onChange(this::doubt);
    listen(vertx, links::client);
    if (subscription != null) {
      links.onSwitch(subscription::renew);
    }
  }

  /**
   * Listens to changes.
   *
   * @param clients each a client of its own
   */
  void listen(Vertx vertx, Supplier<Redis> clients) {
    if (maxAgeNanos > 0) {
      subscription =
          new Subscription(vertx, clients, redis.timeout(), Keys.everyState(), new News());
      subscription.start();
    }
  }

  void stop(@Observes ShutdownEvent event) {
    if (subscription != null) {
      subscription.stop();
    }
  }

  /** Redis refused a claim of this coupon. For any thread; returns at once. */
  public void refused(HotCoupon coupon) {
    attend(coupon);
  }

  /** A claim was answered from memory: sees to it that the answer stays good. */
  public void answered(HotCoupon coupon, long nowNanos) {
    Shut shut = coupon.gate().last();
    if (shut != null && nowNanos - shut.askedAtNanos() > maxAgeNanos / LOOKS_PER_AGE) {
      attend(coupon);
    }
  }

  private void attend(HotCoupon coupon) {
    Gate gate = coupon.gate();
    int asOf = certainty.get();
    if (!listening || !gate.mayAttend(System.nanoTime())) {
      return;
    }
    look(coupon)
        .subscribe()
        .with(
            shut -> {
              if (shut == null) {
                gate.open();
              } else {
                shut(gate, shut, asOf);
              }
              gate.attended(PAUSE);
            },
            e -> {
              if (e instanceof NotLoadedException) {
                gate.open();
              }
              gate.attended(PAUSE);
            });
  }

  private void shut(Gate gate, Shut shut, int asOf) {
    gate.shut(shut);
    // After it is shut: a doubt that comes later opens it as it does all others.
    if (certainty.get() != asOf) {
      gate.open();
    }
  }

  /** Reads what the gate may answer: null for nothing. */
  private Uni<Shut> look(HotCoupon coupon) {
    long askedAtNanos = System.nanoTime();
    return scripts
        .read(coupon.id(), null, coupon.seen())
        .flatMap(
            state -> {
              coupon.gate().heard(state.asOf());
              if (state.refusal() == null) {
                return Uni.createFrom().nullItem();
              }
              Winners winners = known(coupon.gate().last(), state);
              return winners != null
                  ? Uni.createFrom().item(shut(state, askedAtNanos, winners))
                  : winners(state).flatMap(found -> confirm(coupon, state, found));
            });
  }

  private Uni<Shut> confirm(HotCoupon coupon, CouponState before, Winners winners) {
    if (winners == null) {
      return Uni.createFrom().nullItem();
    }
    long askedAtNanos = System.nanoTime();
    return scripts
        .read(coupon.id(), null, coupon.seen())
        .map(
            state ->
                state.refusal() != null
                        && state.asOf().equals(before.asOf())
                        && state.holders() == before.holders()
                    ? shut(state, askedAtNanos, winners)
                    : null);
  }

  private static Winners known(Shut last, CouponState state) {
    return last != null && last.asOf().equals(state.asOf()) && last.holders() == state.holders()
        ? last.winners()
        : null;
  }

  private Shut shut(CouponState state, long askedAtNanos, Winners winners) {
    Reason reason = state.refusal();
    Instant boundary = reason == Reason.NOT_OPEN ? state.opensAt() : state.closesAt();
    long until = askedAtNanos + maxAgeNanos;
    if (boundary != null && reason != Reason.CLOSED) {
      // Redis read its clock after it was asked, so the boundary is no nearer than this; that it
      // may be farther by the round-trip does no harm.
      Duration left = Duration.between(state.serverTime(), boundary).minus(MARGIN);
      until = Math.min(until, askedAtNanos + nanos(left));
    }
    return new Shut(
        state.asOf(),
        reason,
        state.opensAt(),
        askedAtNanos,
        state.serverTime(),
        until,
        state.holders(),
        winners,
        secured(state));
  }

  /** Which of its winners may be told of their claims. */
  private Predicate<Claim> secured(CouponState state) {
    return state.acknowledge() == Acknowledge.REDIS
        ? claim -> true
        : claim ->
            acknowledger.isSecured(state.acknowledge(), state.id(), state.epoch(), claim.last());
  }

  /** Far ahead is as good as exact. */
  private static long nanos(Duration left) {
    return left.compareTo(Duration.ofHours(1)) > 0 ? TimeUnit.HOURS.toNanos(1) : left.toNanos();
  }

  /** Reads who holds a claim; null where there is no room for that. */
  private Uni<Winners> winners(CouponState state) {
    if (state.holders() == 0) {
      return Uni.createFrom().item(Winners.NOBODY);
    }
    // One at a time: what is being read counts for nobody's room yet.
    if (!scanning.compareAndSet(false, true)) {
      return Uni.createFrom().nullItem();
    }
    Winners winners = room(state.holders());
    return (winners == null
            ? Uni.createFrom().<Winners>nullItem()
            : new HashScan(redis, Keys.claimants(state.id()), SCAN_COUNT)
                .all((user, claim) -> winners.add(state.id(), user, claim))
                .replaceWith(winners))
        .onTermination()
        .invoke(() -> scanning.set(false));
  }

  /** Room for so many more winners, beside those of the gates that are shut. */
  private Winners room(long holders) {
    long exact = 0;
    long filtered = 0;
    for (HotCoupon coupon : coupons.all()) {
      Shut shut = coupon.gate().last();
      if (shut != null && shut.winners().isExact()) {
        exact += shut.winners().size();
      } else if (shut != null) {
        filtered += shut.winners().size();
      }
    }
    if (exact + holders <= config.maxWinners()) {
      return Winners.exact((int) holders);
    }
    return filtered + holders <= config.maxFiltered() ? Winners.filtered(holders) : null;
  }

  private long shutGates() {
    long now = System.nanoTime();
    return coupons.all().stream().filter(coupon -> coupon.gate().isShut(now)).count();
  }

  /**
   * What is known may be known no longer: opens every gate, and forgets the winners, so that they
   * are read anew. For any thread.
   */
  void doubt() {
    certainty.incrementAndGet();
    coupons.all().forEach(coupon -> coupon.gate().open());
  }

  /** What the scripts tell of changes. */
  private final class News implements Subscription.Listener {

    @Override
    public void listening() {
      listening = true;
    }

    @Override
    public void message(String channel, String message) {
      String couponId = Keys.tagOf(channel);
      HotCoupon coupon = coupons.get(couponId);
      if (coupon != null) {
        coupon.gate().heard(Version.parse(message));
      } else {
        unfamiliar.accept(Keys.campaignOf(couponId));
      }
    }

    @Override
    public void lost() {
      listening = false;
      doubt();
    }
  }
}
