package io.firstcome.coupon.hot;

import io.firstcome.coupon.hot.Gate.Shut;
import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.ClaimResult.Reason;
import io.firstcome.coupon.model.Ticket;
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
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
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
 * Opens and shuts the gates, so that answers from memory are exact.
 *
 * <p>A refusal by Redis only triggers a check: it may be old when it arrives. A gate shuts on a
 * reading of the state that began after this replica subscribed to changes and knew the coupon, so
 * that every later change has a message that it receives:
 *
 * <ol>
 *   <li>read the state: a user without a claim would not be issued a unit;
 *   <li>read the users with a claim and those who wait, unless they are known for this version;
 *   <li>read the state again: same version, same number of holders, same last ticket;
 *   <li>shut the gate for that version, unless a newer version has arrived since, or the
 *       subscription or a connection to Redis was lost since.
 * </ol>
 *
 * <p>A gate opens at once when a script publishes a change, and when the {@link Subscription} is
 * lost. A message can be lost without any sign, so an answer expires after {@code
 * firstcome.gate.max-age}; while claims arrive it is checked three times in that period.
 *
 * <p>All gates open when a connection that carries claims is lost: the next reply may come from a
 * promoted replica of Redis, which may hold other winners of the same version.
 *
 * <p>Redis judges the windows. Its clock is known from the reading, to half a round trip; closer to
 * an opening or closing than {@link #MARGIN} the gate is open and claims go to Redis.
 */
@ApplicationScoped
public class GateKeeper {

  /** How close to an opening or closing claims go to Redis. */
  static final Duration MARGIN = Duration.ofMillis(250);

  /** The pause between two checks of a gate. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  private static final int SCAN_COUNT = 1_000;

  /** Checks of an answer within its maximum age. */
  private static final int LOOKS_PER_AGE = 3;

  private final HotCoupons coupons;
  private final CouponScripts scripts;
  private final Scripts redis;
  private final Acknowledger acknowledger;
  private final GateConfig config;
  private final long maxAgeNanos;

  /** Generation counter: a read that started in an earlier generation must not shut a gate. */
  private final AtomicInteger certainty = new AtomicInteger();

  private final AtomicBoolean scanning = new AtomicBoolean();

  private volatile boolean listening;

  /** Receives the ids of changed coupons that have no gate here. */
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
   * Subscribes to changes.
   *
   * @param clients supplies dedicated clients
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

  /** See {@link HotCoupon#mayConfirm}. */
  public boolean mayConfirm(HotCoupon coupon, Eligibility known, long nowNanos) {
    return coupon.mayConfirm(known, nowNanos, maxAgeNanos);
  }

  /** Redis refused a claim of this coupon. For any thread; returns at once. */
  public void refused(HotCoupon coupon) {
    attend(coupon);
  }

  /** A claim was answered from memory; checks the answer in time before it expires. */
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
    // After shutting: a doubt that comes later opens this gate with all others.
    if (certainty.get() != asOf) {
      gate.open();
    }
  }

  /** Reads what the gate may answer; null if it must stay open. */
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
                        && state.line().lastTicket() == before.line().lastTicket()
                    ? shut(state, askedAtNanos, winners)
                    : null);
  }

  private static Winners known(Shut last, CouponState state) {
    return last != null
            && last.asOf().equals(state.asOf())
            && last.holders() == state.holders()
            && last.lastTicket() == state.line().lastTicket()
        ? last.winners()
        : null;
  }

  private Shut shut(CouponState state, long askedAtNanos, Winners winners) {
    Reason reason = state.refusal();
    Instant boundary = reason == Reason.NOT_OPEN ? state.opensAt() : state.closesAt();
    long until = askedAtNanos + maxAgeNanos;
    if (boundary != null && reason != Reason.CLOSED) {
      // Redis read its clock after the query was sent, so the boundary is at least this far away.
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
        state.line().lastTicket(),
        winners,
        secured(state));
  }

  /** Which claims are durable at the coupon's level. */
  private Predicate<Claim> secured(CouponState state) {
    long ceiling = state.ceiling();
    return state.acknowledge() == Acknowledge.REDIS
        ? claim -> claim.last() <= ceiling
        : claim ->
            claim.last() <= ceiling
                && acknowledger.isSecured(
                    state.acknowledge(), state.id(), state.epoch(), claim.last());
  }

  /** Far ahead is as good as exact. */
  private static long nanos(Duration left) {
    return left.compareTo(Duration.ofHours(1)) > 0 ? TimeUnit.HOURS.toNanos(1) : left.toNanos();
  }

  /** Reads the users with a claim and those who wait; null if they do not fit into memory. */
  private Uni<Winners> winners(CouponState state) {
    long waiting = state.line().waiting();
    if (state.holders() + waiting == 0) {
      return Uni.createFrom().item(Winners.NOBODY);
    }
    // One at a time: users that are being read are not counted yet.
    if (!scanning.compareAndSet(false, true)) {
      return Uni.createFrom().nullItem();
    }
    Winners winners = room(state.holders() + waiting);
    return (winners == null
            ? Uni.createFrom().<Winners>nullItem()
            : new HashScan(redis, Keys.claimants(state.id()), SCAN_COUNT)
                .all((user, claim) -> winners.add(state.id(), user, claim))
                .chain(() -> waiting == 0 ? Uni.createFrom().voidItem() : waiting(state, winners))
                .replaceWith(winners))
        .onTermination()
        .invoke(() -> scanning.set(false));
  }

  /** Those who wait; nobody leaves or joins them without the second reading noticing it. */
  private Uni<Void> waiting(CouponState state, Winners winners) {
    return Multi.createBy()
        .repeating()
        .uni(
            AtomicInteger::new,
            from ->
                redis.send(
                    Command.ZRANGEBYSCORE,
                    Keys.line(state.id()),
                    Ticket.FIRST_WAITING,
                    "+inf",
                    "LIMIT",
                    from.getAndAdd(SCAN_COUNT),
                    SCAN_COUNT))
        .whilst(page -> page.size() == SCAN_COUNT)
        .invoke(page -> page.forEach(user -> winners.ask(user.toString())))
        .collect()
        .last()
        .replaceWithVoid();
  }

  /** Memory for this many winners in addition to those of shut gates; null if it is used up. */
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

  /** Opens every gate and discards its winners, so that they are read again. For any thread. */
  void doubt() {
    certainty.incrementAndGet();
    coupons.all().forEach(coupon -> coupon.gate().open());
  }

  /** Receives the changes that scripts publish. */
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
