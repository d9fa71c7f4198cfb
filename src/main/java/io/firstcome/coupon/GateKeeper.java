package io.firstcome.coupon;

import io.firstcome.coupon.ClaimResult.Reason;
import io.firstcome.coupon.Gate.Shut;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;

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
 *   <li>shut the gate as of that version, unless a newer one was heard of meanwhile, or the
 *       subscription was lost.
 * </ol>
 *
 * <p>It opens at once when the scripts tell of a change, and at the loss of the subscription; since
 * a message can be lost without anybody noticing, an answer is good for {@code
 * firstcome.gate.max-age} only, and is looked after in good time before that while claims come.
 *
 * <p>Time: the windows are judged by Redis. Its clock is known from the reading, by half a
 * round-trip at worst; nearer to an opening or closing than {@link #MARGIN} the gate is open and
 * Redis is asked.
 */
@ApplicationScoped
class GateKeeper {

  private static final Logger LOG = Logger.getLogger(GateKeeper.class);

  /** How near to a boundary of the window Redis is asked. */
  static final Duration MARGIN = Duration.ofMillis(250);

  /** A gate that could not be shut is not looked at again before. */
  private static final Duration PAUSE = Duration.ofMillis(50);

  private static final long RESUBSCRIBE_MILLIS = 500;
  private static final int SCAN_COUNT = 1_000;

  /** How often an answer is looked after in the course of its age. */
  private static final int LOOKS_PER_AGE = 3;

  private final HotCoupons coupons;
  private final CouponScripts scripts;
  private final Scripts redis;
  private final Redis client;
  private final GateConfig config;
  private final long maxAgeNanos;

  /** Even: nobody listens. Every subscription and every loss of it makes the next number. */
  private volatile int subscription;

  private final AtomicBoolean scanning = new AtomicBoolean();

  private volatile boolean stopped;
  private volatile RedisConnection subscriber;

  GateKeeper(
      HotCoupons coupons,
      CouponScripts scripts,
      Scripts redis,
      Redis client,
      GateConfig config,
      MeterRegistry metrics) {
    this.coupons = coupons;
    this.scripts = scripts;
    this.redis = redis;
    this.client = client;
    this.config = config;
    this.maxAgeNanos = config.maxAge().toNanos();
    Gauge.builder("firstcome.gates.shut", this, GateKeeper::shutGates)
        .description("Coupons whose claims are answered from memory")
        .register(metrics);
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    if (maxAgeNanos > 0) {
      subscribe(vertx);
    }
  }

  void stop(@Observes ShutdownEvent event) {
    stopped = true;
    RedisConnection listening = subscriber;
    if (listening != null) {
      listening.close();
    }
  }

  /** Redis refused a claim of this coupon. For any thread; returns at once. */
  void refused(HotCoupon coupon) {
    attend(coupon);
  }

  /** A claim was answered from memory: sees to it that the answer stays good. */
  void answered(HotCoupon coupon, long nowNanos) {
    Shut shut = coupon.gate().last();
    if (shut != null && nowNanos - shut.askedAtNanos() > maxAgeNanos / LOOKS_PER_AGE) {
      attend(coupon);
    }
  }

  private void attend(HotCoupon coupon) {
    Gate gate = coupon.gate();
    int heardSince = subscription;
    if (isLost(heardSince) || !gate.mayAttend(System.nanoTime())) {
      return;
    }
    look(coupon)
        .subscribe()
        .with(
            shut -> {
              if (shut == null) {
                gate.open();
              } else {
                shut(gate, shut, heardSince);
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

  private void shut(Gate gate, Shut shut, int heardSince) {
    gate.shut(shut);
    // After it is shut: a loss that comes later opens it as it does all others.
    if (subscription != heardSince) {
      gate.open();
    }
  }

  /** Reads what the gate may answer: null for nothing. */
  private Uni<Shut> look(HotCoupon coupon) {
    long askedAtNanos = System.nanoTime();
    return scripts
        .read(coupon.id(), null)
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
        .read(coupon.id(), null)
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
        winners);
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
            : scan(state.id(), winners).replaceWith(winners))
        .onTermination()
        .invoke(() -> scanning.set(false));
  }

  /** Page by page in a loop: a chain of as many steps as there are pages would be too deep. */
  private Uni<Void> scan(String couponId, Winners winners) {
    AtomicReference<String> cursor = new AtomicReference<>("0");
    return Multi.createBy()
        .repeating()
        .uni(
            () ->
                redis.send(
                    Command.HSCAN, Keys.claimants(couponId), cursor.get(), "COUNT", SCAN_COUNT))
        .whilst(reply -> !reply.get(0).toString().equals("0"))
        .invoke(
            reply -> {
              cursor.set(reply.get(0).toString());
              Response page = reply.get(1);
              for (int i = 0; i + 1 < page.size(); i += 2) {
                winners.add(couponId, page.get(i).toString(), page.get(i + 1).toString());
              }
            })
        .collect()
        .last()
        .replaceWithVoid();
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

  // What the scripts tell of changes.

  private void subscribe(Vertx vertx) {
    if (stopped) {
      return;
    }
    client
        .connect()
        .onSuccess(
            connection -> {
              subscriber = connection;
              connection.handler(this::heard);
              // A connection that fails does not always end as well.
              connection.exceptionHandler(e -> lost(connection, vertx));
              connection.endHandler(end -> lost(connection, vertx));
              connection
                  .send(Request.cmd(Command.PSUBSCRIBE).arg(Keys.everyState()))
                  .onFailure(e -> lost(connection, vertx));
            })
        .onFailure(e -> again(vertx));
  }

  private void heard(Response message) {
    switch (message.get(0).toString()) {
      case "psubscribe" -> subscription++;
      case "pmessage" -> {
        HotCoupon coupon = coupons.get(Keys.tagOf(message.get(2).toString()));
        if (coupon != null) {
          coupon.gate().heard(Version.parse(message.get(3).toString()));
        }
      }
      default -> LOG.debugf("Not expected on the subscription: %s", message);
    }
  }

  private void lost(RedisConnection connection, Vertx vertx) {
    if (subscriber != connection) {
      return;
    }
    subscriber = null;
    connection.close();
    if (!isLost(subscription)) {
      subscription++;
      coupons.all().forEach(coupon -> coupon.gate().open());
    }
    again(vertx);
  }

  private void again(Vertx vertx) {
    if (!stopped) {
      vertx.setTimer(
          RESUBSCRIBE_MILLIS + ThreadLocalRandom.current().nextLong(RESUBSCRIBE_MILLIS),
          timer -> subscribe(vertx));
    }
  }

  private static boolean isLost(int subscription) {
    return subscription % 2 == 0;
  }
}
