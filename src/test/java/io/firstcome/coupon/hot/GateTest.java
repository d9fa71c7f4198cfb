package io.firstcome.coupon.hot;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.coupon.CouponFixture;
import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.model.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.model.ClaimResult.Issued;
import io.firstcome.coupon.model.ClaimResult.Reason;
import io.firstcome.coupon.model.ClaimResult.Refused;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.mysql.Micros;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.firstcome.redis.StallingProxy;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterProperty;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The gates of two replicas on one real Redis. */
class GateTest {

  private static final Duration MAX_AGE = Duration.ofSeconds(1);
  private static final long HOUR = 3_600_000_000L;

  /** Longer than any message takes; far shorter than an answer is good for. */
  private static final Duration SOON = Duration.ofSeconds(20);

  private final RealRedis redis = RealRedis.shared();
  private final CouponFixture coupon = new CouponFixture(redis);
  private final GateReplica here = new GateReplica(redis, Duration.ofMinutes(1));
  private final GateReplica there = new GateReplica(redis, Duration.ofMinutes(1));

  @AfterEach
  @AfterProperty
  void stop() {
    here.close();
    there.close();
  }

  @Test
  void soldOutIsAnsweredWithoutRedisAndWinnersKeepTheirClaims() {
    coupon.publish(2);
    Issued alice = (Issued) here.claim(coupon, "alice");
    there.claim(coupon, "bob");
    awaitShut(here);

    assertThat(here.fromMemory(coupon, "carol")).isInstanceOf(Refused.class);
    assertThat(((Refused) here.fromMemory(coupon, "carol")).reason()).isEqualTo(Reason.SOLD_OUT);
    assertThat(here.fromMemory(coupon, "alice")).isEqualTo(new AlreadyClaimed(alice.claim()));
    assertThat(here.fromMemory(coupon, "bob")).isInstanceOf(AlreadyClaimed.class);
  }

  @Test
  void aRestockOpensTheGateOfEveryReplicaAtOnce() {
    coupon.publish(1);
    here.claim(coupon, "alice");
    awaitShut(here);
    awaitShut(there);

    coupon.changeAndLend("quantity", 2);

    Awaitility.await().atMost(SOON).until(() -> here.fromMemory(coupon, "bob") == null);
    Awaitility.await().atMost(SOON).until(() -> there.fromMemory(coupon, "bob") == null);
    assertThat(there.claim(coupon, "bob")).isInstanceOf(Issued.class);
  }

  @Test
  void pausedAndClosedCouponsAreAnsweredWithoutRedisAndAResumeOpensThem() {
    coupon.publish(5);
    here.claim(coupon, "alice");
    coupon.change("status", "paused");
    awaitShut(here);
    assertThat(((Refused) here.fromMemory(coupon, "bob")).reason()).isEqualTo(Reason.PAUSED);
    assertThat(here.fromMemory(coupon, "alice")).isInstanceOf(AlreadyClaimed.class);

    coupon.change("status", "open");
    Awaitility.await().atMost(SOON).until(() -> here.fromMemory(coupon, "bob") == null);

    coupon.change("status", "closed");
    awaitShut(here);
    assertThat(((Refused) here.fromMemory(coupon, "bob")).reason()).isEqualTo(Reason.CLOSED);
  }

  @Test
  void beforeTheOpeningRedisIsNotAskedAndNearItItIs() {
    long opens = coupon.nowMicros() + HOUR;
    coupon.publishWithWindow(5, opens, 0);
    awaitShut(here);

    Refused refused = (Refused) here.fromMemory(coupon, "alice");
    assertThat(refused.reason()).isEqualTo(Reason.NOT_OPEN);
    assertThat(refused.opensAt()).isEqualTo(Micros.toInstant(opens));
    assertThat(Duration.between(Micros.toInstant(coupon.nowMicros()), refused.serverTime()).abs())
        .isLessThan(GateKeeper.MARGIN);

    long soon = coupon.nowMicros() + 2_000_000;
    coupon.change("opens", soon);
    awaitShut(here);
    Awaitility.await()
        .pollInterval(Duration.ofMillis(1))
        .until(() -> here.fromMemory(coupon, "alice") == null);
    assertThat(coupon.nowMicros()).as("Redis is asked before it opens").isLessThan(soon);
    Awaitility.await().until(() -> here.claim(coupon, "alice") instanceof Issued);
  }

  @Test
  void aClosingIsSeenWithoutAMessage() {
    coupon.publishWithWindow(1, 0, coupon.nowMicros() + 2_000_000);
    here.claim(coupon, "alice");
    awaitShut(here);
    assertThat(((Refused) here.fromMemory(coupon, "bob")).reason()).isEqualTo(Reason.SOLD_OUT);

    Awaitility.await()
        .until(
            () ->
                here.claim(coupon, "bob") instanceof Refused refused
                    && refused.reason() == Reason.CLOSED);
  }

  @Test
  void aLateReplyDoesNotShutAGateAfterARestock() {
    coupon.publish(1);
    here.claim(coupon, "alice");
    CouponState before = coupon.read(null);
    assertThat(before.refusal()).isEqualTo(Reason.SOLD_OUT);
    coupon.changeAndLend("quantity", 2);
    Gate gate = here.gate(coupon);
    gate.heard(coupon.read(null).asOf());

    gate.shut(
        new Gate.Shut(
            before.asOf(),
            Reason.SOLD_OUT,
            null,
            System.nanoTime(),
            before.serverTime(),
            System.nanoTime() + HOUR,
            1,
            0,
            Winners.NOBODY,
            claim -> true));

    assertThat(here.fromMemory(coupon, "bob")).isNull();
  }

  @Test
  void losingTheSubscriptionOpensEveryGateAndItComesBack() {
    coupon.publish(1);
    here.claim(coupon, "alice");
    awaitShut(here);

    redis.send(Command.CLIENT, "KILL", "TYPE", "pubsub");

    Awaitility.await().atMost(SOON).until(() -> here.fromMemory(coupon, "bob") == null);
    awaitShut(here);
  }

  @Test
  void aSubscriptionThatFallsSilentOpensEveryGateAndIsMadeAnew() {
    try (StallingProxy way = new StallingProxy(redis.server().port());
        GateReplica deaf = new GateReplica(redis, way.uri(), Duration.ofMinutes(1))) {
      coupon.publish(1);
      deaf.claim(coupon, "alice");
      awaitShut(deaf);

      way.stall();

      // Far sooner than its answer is too old.
      Awaitility.await().atMost(SOON).until(() -> deaf.fromMemory(coupon, "bob") == null);
      // Those made meanwhile are never answered, and not waited for.
      int silent = way.connections();
      Awaitility.await().atMost(SOON).until(() -> way.connections() > silent);
      deaf.claim(coupon, "bob");
      assertThat(deaf.fromMemory(coupon, "bob")).as("nobody listens").isNull();
      way.flow();
      awaitShut(deaf);
    }
  }

  @Test
  void aSubscriptionOnWhichNothingIsSaidIsKept() {
    try (StallingProxy way = new StallingProxy(redis.server().port());
        GateReplica quiet = new GateReplica(redis, way.uri(), Duration.ofMinutes(1))) {
      coupon.publish(1);
      quiet.claim(coupon, "alice");
      awaitShut(quiet);
      long asked = way.received();

      // Several questions and their answers, for longer than one may take.
      Awaitility.await().atMost(SOON).until(() -> way.received() > asked + 5);

      assertThat(way.connections()).isEqualTo(1);
      assertThat(quiet.fromMemory(coupon, "bob")).isInstanceOf(Refused.class);
    }
  }

  /** Within one epoch, as after a failover to a replica that was behind. */
  @Test
  void whereAConnectionWasLostTheWinnersAreReadAnew() {
    coupon.publish(1);
    here.claim(coupon, "alice");
    awaitShut(here);
    assertThat(here.fromMemory(coupon, "alice")).isInstanceOf(AlreadyClaimed.class);
    // Same version, as many winners: another one.
    redis.send(Command.HDEL, Keys.claimants(coupon.id), "alice");
    redis.send(Command.HSET, Keys.claimants(coupon.id), "bob", "1:1000000");

    here.doubt();

    awaitShut(here);
    assertThat(here.fromMemory(coupon, "alice")).isInstanceOf(Refused.class);
    assertThat(here.fromMemory(coupon, "bob")).isInstanceOf(AlreadyClaimed.class);
  }

  @Test
  void aMessageThatWasLostIsMadeUpForInTime() {
    try (GateReplica deaf = new GateReplica(redis, MAX_AGE)) {
      coupon.publish(1);
      deaf.claim(coupon, "alice");
      awaitShut(deaf);
      // A change that nobody tells of.
      redis.send(Command.HSET, Keys.state(coupon.id), "quantity", "2", "version", "2");
      long changedAt = System.nanoTime();

      Awaitility.await()
          .atMost(SOON)
          .pollInterval(Duration.ofMillis(10))
          .until(() -> deaf.claim(coupon, "bob") instanceof Issued);

      // The answer was good for that long, and the reading that made it so had its time-out.
      assertThat(Duration.ofNanos(System.nanoTime() - changedAt))
          .isLessThan(MAX_AGE.plusSeconds(4));
    }
  }

  @Test
  void anEmptiedRedisOpensTheGateInTime() {
    try (GateReplica replica = new GateReplica(redis, MAX_AGE)) {
      coupon.publish(1);
      replica.claim(coupon, "alice");
      awaitShut(replica);

      redis.send(Command.DEL, Keys.state(coupon.id));

      Awaitility.await().atMost(SOON).until(() -> replica.fromMemory(coupon, "bob") == null);
    }
  }

  @Test
  void winnersThatDoNotFitAreToldApartByAFilter() {
    try (GateReplica small = new GateReplica(redis, Duration.ofMinutes(1), 0, 1_000)) {
      coupon.publish(500);
      coupon.claim(IntStream.range(0, 500).mapToObj(i -> "w" + i).toList());
      awaitShut(small);

      assertThat(small.fromMemory(coupon, "w7")).as("Redis is asked").isNull();
      assertThat(small.claim(coupon, "w7")).isInstanceOf(AlreadyClaimed.class);
      assertThat(IntStream.range(0, 1_000))
          .filteredOn(i -> small.fromMemory(coupon, "loser" + i) == null)
          .as("losers taken for winners")
          .hasSizeLessThan(20);
    }
  }

  @Test
  void withoutRoomForTheWinnersRedisIsAsked() {
    try (GateReplica none = new GateReplica(redis, Duration.ofMinutes(1), 0, 0)) {
      coupon.publish(1);
      none.claim(coupon, "alice");
      // As often as it takes one that has room.
      Awaitility.await()
          .atMost(SOON)
          .until(
              () -> {
                none.claim(coupon, "bob");
                here.claim(coupon, "bob");
                return here.fromMemory(coupon, "bob") != null;
              });

      assertThat(none.fromMemory(coupon, "bob")).isNull();
      assertThat(none.claim(coupon, "bob")).isInstanceOf(Refused.class);
    }
  }

  /** What may be done, at either replica. */
  sealed interface Operation {
    record Claim(boolean here, String user) implements Operation {}

    record Restock(int units) implements Operation {}

    record SetStatus(String status) implements Operation {}

    /** Until the gates are shut, where they may be. */
    record Settle() implements Operation {}

    record LoseSubscriptions() implements Operation {}
  }

  @Property(tries = 40)
  void noWinnerIsEverRefusedAndNoUnitStaysUnsold(@ForAll("operations") List<Operation> operations) {
    CouponFixture sale = new CouponFixture(redis).publish(2);
    Map<String, Long> winners = new HashMap<>();
    long quantity = 2;
    String status = "open";
    for (Operation operation : operations) {
      if (operation instanceof Operation.Claim claim) {
        ClaimResult result = (claim.here() ? here : there).claim(sale, claim.user());
        judge(result, claim.user(), winners, quantity);
      } else if (operation instanceof Operation.Restock restock) {
        quantity += restock.units();
        sale.changeAndLend("quantity", quantity);
      } else if (operation instanceof Operation.SetStatus change) {
        status = change.status();
        sale.change("status", status);
      } else if (operation instanceof Operation.LoseSubscriptions) {
        redis.send(Command.CLIENT, "KILL", "TYPE", "pubsub");
      } else if (!status.equals("open") || winners.size() >= quantity) {
        settle(here, sale);
        settle(there, sale);
      }
    }
    // Whatever was: what is left is sold, at either replica, as soon as the news is there.
    sale.change("status", "open");
    for (int i = 0; winners.size() < quantity; i++) {
      GateReplica replica = i % 2 == 0 ? here : there;
      String late = "late" + i;
      ClaimResult result =
          Awaitility.await()
              .atMost(SOON)
              .until(() -> replica.claim(sale, late), Issued.class::isInstance);
      judge(result, late, winners, quantity);
    }
    for (GateReplica replica : List.of(here, there)) {
      settle(replica, sale);
      winners.forEach((user, sequence) -> judge(replica.claim(sale, user), user, winners, -1));
    }
  }

  private static void judge(
      ClaimResult result, String user, Map<String, Long> winners, long quantity) {
    if (result instanceof Issued issued) {
      assertThat(winners).doesNotContainKey(user);
      winners.put(user, issued.claim().sequence());
      assertThat(winners.size()).isLessThanOrEqualTo((int) quantity);
      assertThat(issued.claim().sequence()).isEqualTo(winners.size());
    } else if (result instanceof AlreadyClaimed already) {
      assertThat(winners).containsEntry(user, already.claim().sequence());
    } else {
      assertThat(winners).as("%s is told %s", user, result).doesNotContainKey(user);
    }
  }

  @Provide
  Arbitrary<List<Operation>> operations() {
    Arbitrary<Operation> claims =
        Arbitraries.of(true, false)
            .flatMap(
                where ->
                    Arbitraries.of("a", "b", "c", "d", "e", "f")
                        .map(user -> new Operation.Claim(where, user)));
    return Arbitraries.<Operation>frequencyOf(
            Tuple.of(12, claims),
            Tuple.of(2, Arbitraries.integers().between(1, 2).map(Operation.Restock::new)),
            Tuple.of(2, Arbitraries.of("open", "paused").map(Operation.SetStatus::new)),
            Tuple.of(4, Arbitraries.just(new Operation.Settle())),
            Tuple.of(1, Arbitraries.just(new Operation.LoseSubscriptions())))
        .list()
        .ofMaxSize(40);
  }

  private void awaitShut(GateReplica replica) {
    settle(replica, coupon);
  }

  private static void settle(GateReplica replica, CouponFixture coupon) {
    Awaitility.await()
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(2))
        .until(
            () -> {
              replica.claim(coupon, "nobody-" + coupon.id.substring(0, 8));
              return replica.fromMemory(coupon, "nobody") != null;
            });
  }
}
