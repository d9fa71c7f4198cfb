package io.firstcome.coupon;

import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.model.CouponDefinition;
import io.firstcome.coupon.model.CouponTerms;
import io.firstcome.coupon.model.OnLoss;
import io.firstcome.coupon.model.Policy;
import io.firstcome.coupon.recovery.SequenceWindow;
import io.firstcome.coupon.script.ChangeResult;
import io.firstcome.coupon.script.ClaimReply;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.durability.Acknowledge;
import io.firstcome.lifecycle.Status;
import io.firstcome.mysql.Micros;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A coupon in a real Redis, published as a loader would, and its scripts. */
public final class CouponFixture {

  final RealRedis redis;
  public final String id = RealRedis.freshTag();
  private static final long CEILING = 9_000_000_000_000_000L;

  public final CouponScripts scripts;

  public CouponFixture(RealRedis redis) {
    this(redis, 100_000);
  }

  public CouponFixture(RealRedis redis, int maxUndrained) {
    this.redis = redis;
    this.scripts = new CouponScripts(redis.scripts(), maxUndrained);
  }

  /** Publishes the coupon for anybody, open now and without end. */
  public CouponFixture publish(long quantity) {
    return publish(quantity, 0, 0, List.of(), false);
  }

  public CouponFixture publishForAudience(long quantity, String... audience) {
    return publish(quantity, 0, 0, List.of(audience), true);
  }

  public CouponFixture publishWithWindow(long quantity, long opensMicros, long closesMicros) {
    return publish(quantity, opensMicros, closesMicros, List.of(), false);
  }

  private CouponFixture publish(
      long quantity, long opens, long closes, List<String> audience, boolean hasAudience) {
    redis.send(Command.SET, Keys.loadLease(id), "token");
    if (!audience.isEmpty()) {
      List<Object> args = new ArrayList<>(List.of(Keys.stagedAudience(id, "token")));
      args.addAll(audience);
      redis.send(Command.SADD, args.toArray());
    }
    String answer =
        await(
            scripts.publish(
                id,
                "token",
                state(1, quantity, opens, closes, hasAudience ? audience.size() : -1, 0)));
    if (!answer.equals("PUBLISHED")) {
      throw new IllegalStateException(answer);
    }
    return this;
  }

  /** What a loader publishes. */
  public static List<String> state(
      long epoch, long quantity, long opens, long closes, int audience, long holders) {
    CouponDefinition definition =
        new CouponDefinition(
            "A coupon",
            quantity,
            Micros.toInstant(opens),
            Micros.toInstant(closes),
            Status.OPEN,
            Acknowledge.REDIS,
            OnLoss.WITHHOLD,
            "",
            "",
            Policy.FIRST_COME,
            "",
            "",
            "",
            "");
    List<String> state =
        new ArrayList<>(
            List.of(
                String.valueOf(epoch),
                "1",
                String.valueOf(audience),
                String.valueOf(holders),
                String.valueOf(holders),
                String.valueOf(CEILING),
                "0",
                "0"));
    state.addAll(
        new SequenceWindow.Sound(
                CEILING, definition, false, CouponTerms.DEFAULT, new SequenceWindow.Gaps(0, 0, 0))
            .fields());
    return state;
  }

  public ClaimResult claim(String user) {
    return claim(List.of(user)).get(0);
  }

  /** Users may hold so many units from now on. */
  public CouponFixture limit(int perUser) {
    redis.send(Command.HSET, Keys.state(id), "limit", perUser);
    return this;
  }

  /**
   * So many users may wait from now on.
   *
   * @param acceptSeconds how long units are offered to them; 0: they are issued at once
   */
  public CouponFixture waitlist(int places, long acceptSeconds) {
    redis.send(Command.HSET, Keys.state(id), "door", "1", "waitlist", places);
    if (acceptSeconds > 0) {
      redis.send(Command.HSET, Keys.state(id), "acceptWithin", acceptSeconds * 1_000_000);
    }
    return this;
  }

  /** Claims count against groups from now on: {@code north=10,south=5}. */
  public CouponFixture groups(String quotas) {
    redis.send(
        Command.HSET, Keys.state(id), "door", "groups", "group", "user.region", "quotas", quotas);
    return this;
  }

  /** Units are handed out from now on, so many a second, to at most so many who are queued. */
  public CouponFixture queue(int rate, int limit) {
    redis.send(Command.HSET, Keys.state(id), "door", "1", "rate", rate, "queueLimit", limit);
    return this;
  }

  /** As if nothing had been handed out for long. */
  public void allDue() {
    redis.send(Command.HDEL, Keys.state(id), "handed");
  }

  public CouponScripts.HandedOut handOut(String worker, long epoch) {
    return await(scripts.handOut(id, worker, Duration.ofMinutes(1), epoch, 0));
  }

  public void endLease() {
    redis.send(Command.DEL, Keys.handOutLease(id));
  }

  public List<ClaimResult> claimAtTheDoor(String... users) {
    ClaimReply reply = await(scripts.claimAtTheDoor(id, List.of(users), false, ""));
    return IntStream.range(0, users.length).mapToObj(i -> reply.result(i, users[i])).toList();
  }

  /** As if MySQL had all that was decided. */
  public void lend() {
    CouponState now = read(null);
    await(scripts.lend(id, now.epoch(), now.version(), CEILING));
  }

  public ChangeResult move(CouponScripts.TicketMove move, String user) {
    return await(scripts.moveTicket(id, move, user, user, 0));
  }

  public CouponScripts.Swept sweep() {
    return await(scripts.sweepLine(id, 0));
  }

  /** The offer of this user is over, as if the time had passed. */
  public void lapse(String user) {
    redis.send(Command.ZADD, Keys.line(id), "XX", "-1", user);
  }

  /** Claims so many units in all. */
  public ClaimResult claim(String user, int units) {
    return ((ClaimReply) await(scripts.claimUnits(id, user, units, false, ""))).result(0, user);
  }

  public List<ClaimResult> claim(List<String> users) {
    ClaimReply reply = await(scripts.claim(id, users));
    return IntStream.range(0, users.size()).mapToObj(i -> reply.result(i, users.get(i))).toList();
  }

  /** Claims as a caller that has judged who is eligible, see {@code claim.lua}. */
  public ClaimReply judged(List<String> users, String judged) {
    return (ClaimReply) await(scripts.claim(id, users, false, judged));
  }

  public ChangeResult change(String field, Object value) {
    return await(scripts.change(id, List.of(field, value.toString())));
  }

  /** What is added is there at once: as if MySQL had it. */
  public ChangeResult changeAndLend(String field, Object value) {
    ChangeResult result = change(field, value);
    if (result instanceof ChangeResult.Done done) {
      await(scripts.lend(id, done.epoch(), done.version(), CEILING));
    }
    return result;
  }

  /** What goes back is there at once: as if MySQL had it. */
  public ChangeResult changeUnits(CouponScripts.UnitChange change, String user, String order) {
    ChangeResult result =
        await(scripts.changeUnits(id, change, user, null, order, "shop", "why", 0));
    if (result instanceof ChangeResult.UnitsChanged done) {
      await(scripts.lend(id, done.epoch(), done.version(), CEILING));
    }
    return result;
  }

  public ChangeResult audience(boolean add, String... users) {
    return await(scripts.audience(id, add, List.of(users)));
  }

  public CouponState read(String user) {
    return await(scripts.read(id, user));
  }

  /** Now, by the clock of Redis. */
  public long nowMicros() {
    Response time = redis.send(Command.TIME);
    return time.get(0).toLong() * 1_000_000 + time.get(1).toLong();
  }

  /** The ledger's entries, oldest first, without their ids. */
  public List<Map<String, String>> ledger() {
    List<Map<String, String>> entries = new ArrayList<>();
    for (Response entry : redis.send(Command.XRANGE, Keys.ledger(id), "-", "+")) {
      Map<String, String> fields = new LinkedHashMap<>();
      Response flat = entry.get(1);
      for (int i = 0; i < flat.size(); i += 2) {
        fields.put(flat.get(i).toString(), flat.get(i + 1).toString());
      }
      entries.add(fields);
    }
    return entries;
  }

  private static <T> T await(Uni<T> uni) {
    return uni.await().atMost(Duration.ofSeconds(5));
  }
}
