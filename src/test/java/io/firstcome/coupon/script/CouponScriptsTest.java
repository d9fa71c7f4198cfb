package io.firstcome.coupon.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.firstcome.coupon.CouponFixture;
import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.ClaimHolding;
import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.model.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.model.ClaimResult.Issued;
import io.firstcome.coupon.model.ClaimResult.Reason;
import io.firstcome.coupon.model.ClaimResult.Refused;
import io.firstcome.coupon.model.OnLoss;
import io.firstcome.coupon.script.ChangeResult.Done;
import io.firstcome.durability.Acknowledge;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.mysql.Micros;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.Script;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every rule of the scripts, once, against a real Redis. */
class CouponScriptsTest {

  private static final long HOUR = 3_600_000_000L;

  private final RealRedis redis = RealRedis.shared();
  private final CouponFixture coupon = new CouponFixture(redis);

  @Nested
  class AClaim {

    @Test
    void isGivenTheNextNumber() {
      coupon.publish(10);

      assertThat(sequence(coupon.claim("alice"))).isEqualTo(1);
      assertThat(sequence(coupon.claim("bob"))).isEqualTo(2);
    }

    @Test
    void isTheSameWhenItIsAskedForAgain() {
      coupon.publish(10);
      Claim first = ((Issued) coupon.claim("alice")).claim();
      coupon.claim("bob");

      assertThat(coupon.claim("alice")).isEqualTo(new AlreadyClaimed(first));
      assertThat(coupon.read("alice").claim()).isEqualTo(first);
    }

    @Test
    void isStillHeldWhenALaterReleaseHasAddedToIt() {
      coupon.publish(10);
      Claim first = ((Issued) coupon.claim("alice")).claim();
      String later =
          new ClaimHolding(1, Micros.of(first.issuedAt()), ";units=2;state=redeemed").text();
      redis.send(Command.HSET, Keys.claimants(coupon.id), "alice", later);

      assertThat(coupon.claim("alice")).isEqualTo(new AlreadyClaimed(first));
      assertThat(coupon.read("alice").claim()).isEqualTo(first);
    }

    @Test
    void isIssuedByTheClockOfRedisToTheMicrosecond() {
      coupon.publish(10);
      long before = coupon.nowMicros();

      long issuedAt = Micros.of(((Issued) coupon.claim("alice")).claim().issuedAt());

      assertThat(issuedAt).isBetween(before, coupon.nowMicros());
      assertThat(coupon.ledger().get(0)).containsEntry("at", String.valueOf(issuedAt));
    }

    @Test
    void tellsUsersApartByCase() {
      coupon.publish(10);

      assertThat(sequence(coupon.claim("Alice"))).isEqualTo(1);
      assertThat(sequence(coupon.claim("alice"))).isEqualTo(2);
    }

    @Test
    void isRefusedWhenSoldOut() {
      coupon.publish(1);
      coupon.claim("alice");

      assertThat(reason(coupon.claim("bob"))).isEqualTo(Reason.SOLD_OUT);
      assertThat(coupon.ledger()).hasSize(1);
    }

    @Test
    void isRefusedBeforeTheOpening() {
      long opens = coupon.nowMicros() + HOUR;
      coupon.publishWithWindow(10, opens, 0);

      Refused refused = (Refused) coupon.claim("alice");

      assertThat(refused.reason()).isEqualTo(Reason.NOT_OPEN);
      assertThat(refused.opensAt()).isEqualTo(Micros.toInstant(opens));
      assertThat(refused.serverTime()).isBefore(refused.opensAt());
    }

    @Test
    void isRefusedAfterTheClosing() {
      coupon.publishWithWindow(10, 0, coupon.nowMicros());

      assertThat(reason(coupon.claim("alice"))).isEqualTo(Reason.CLOSED);
    }

    @Test
    void isIssuedWithinTheWindow() {
      coupon.publishWithWindow(10, coupon.nowMicros(), coupon.nowMicros() + HOUR);

      assertThat(sequence(coupon.claim("alice"))).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"paused, PAUSED", "closed, CLOSED"})
    void isRefusedByStatus(String status, Reason reason) {
      coupon.publish(10);
      coupon.change("status", status);

      assertThat(reason(coupon.claim("alice"))).isEqualTo(reason);
    }

    @Test
    void isRefusedToWhoIsNotInTheAudience() {
      coupon.publishForAudience(10, "alice");

      assertThat(sequence(coupon.claim("alice"))).isEqualTo(1);
      assertThat(reason(coupon.claim("bob"))).isEqualTo(Reason.NOT_ELIGIBLE);
    }

    @Test
    void isRefusedToAllWhereTheAudienceIsEmpty() {
      coupon.publishForAudience(10);

      assertThat(reason(coupon.claim("alice"))).isEqualTo(Reason.NOT_ELIGIBLE);
    }

    /** Whoever judged by a rule that has changed since decides nothing, and is told the new one. */
    @Test
    void isDecidedOnlyAsJudgedByTheRuleOfThePresentVersion() {
      coupon.publish(10);
      coupon.change("eligibility", "user.id == 'alice'");
      List<String> users = List.of("alice", "bob", "alice");

      for (String judged : List.of("", " 1 1 101", " 2 2 101", " 1 2 10", " 1 2 1010", " x 1")) {
        assertThatThrownBy(() -> coupon.judged(users, judged))
            .isInstanceOfSatisfying(
                NotJudgedException.class,
                told -> {
                  assertThat(told.asOf()).isEqualTo(new Version(1, 2));
                  assertThat(told.definition().eligibility()).isEqualTo("user.id == 'alice'");
                });
      }
      assertThat(coupon.read(null).issued()).isZero();

      ClaimReply reply = coupon.judged(users, " 1 2 101");
      assertThat(sequence(reply.result(0, "alice"))).isEqualTo(1);
      assertThat(reason(reply.result(1, "bob"))).isEqualTo(Reason.NOT_ELIGIBLE);
      assertThat(reply.result(2, "alice")).isInstanceOf(AlreadyClaimed.class);
    }

    @Test
    void isDecidedWhoeverWasJudgedWhereTheRuleIsGone() {
      coupon.publish(10);
      coupon.change("eligibility", "user.id == 'alice'");
      coupon.change("eligibility", "");

      assertThat(sequence(coupon.judged(List.of("bob"), " 1 2 0").result(0, "bob"))).isEqualTo(1);
    }

    @Test
    void isRefusedWhenTheLedgerIsFull() {
      CouponFixture tight = new CouponFixture(redis, 2).publish(10);
      tight.claim("alice");
      tight.claim("bob");

      assertThat(reason(tight.claim("carol"))).isEqualTo(Reason.LEDGER_FULL);
      assertThat(tight.claim("alice")).isInstanceOf(AlreadyClaimed.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"sold out", "paused", "closed", "out of the audience"})
    void isStillToldToItsHolderWhenThatHasHappened(String event) {
      coupon.publishForAudience(1, "alice");
      Claim claim = ((Issued) coupon.claim("alice")).claim();
      switch (event) {
        case "paused" -> coupon.change("status", "paused");
        case "closed" -> coupon.change("status", "closed");
        case "out of the audience" -> coupon.audience(false, "alice");
        default -> {}
      }

      assertThat(coupon.claim("alice")).isEqualTo(new AlreadyClaimed(claim));
    }

    @Test
    void isGoneThroughInOrderWhenManyComeAtOnce() {
      coupon.publish(3);
      coupon.claim("early");

      List<ClaimResult> results =
          coupon.claim(List.of("alice", "early", "bob", "alice", "carol", "bob"));

      assertThat(sequence(results.get(0))).isEqualTo(2);
      assertThat(sequence(results.get(1))).isEqualTo(1);
      assertThat(sequence(results.get(2))).isEqualTo(3);
      assertThat(results.get(3)).isEqualTo(new AlreadyClaimed(((Issued) results.get(0)).claim()));
      assertThat(reason(results.get(4))).isEqualTo(Reason.SOLD_OUT);
      assertThat(results.get(5)).isEqualTo(new AlreadyClaimed(((Issued) results.get(2)).claim()));
    }

    @Test
    void isOneEntryOfTheLedgerForAllWhoCameAtOnce() {
      coupon.publish(3);
      coupon.claim("early");
      coupon.claim(List.of("alice", "early", "bob", "carol"));

      assertThat(coupon.ledger().get(1))
          .containsEntry("format", "1")
          .containsEntry("kind", "claims")
          .containsEntry("epoch", "1")
          .containsEntry("first", "2")
          .containsEntry("users", "alice bob");
      assertThat(coupon.ledger()).hasSize(2);
    }

    @Test
    void mayComeAThousandAtATime() {
      coupon.publish(5_000);
      List<String> users = IntStream.range(0, 1_000).mapToObj(i -> "user-" + i).toList();

      assertThat(coupon.claim(users)).allMatch(result -> result instanceof Issued);
      assertThat(coupon.claim(users)).allMatch(result -> result instanceof AlreadyClaimed);
      assertThat(coupon.read(null).issued()).isEqualTo(1_000);
    }

    @Test
    void isNotMisledByLuaOrRedisInAUserId() {
      coupon.publish(10);
      List<String> users = List.of("'..KEYS[1]..'", "%.0f", "\\r\\n*1", "{other}", "1:2", "nil");

      assertThat(coupon.claim(users)).allMatch(result -> result instanceof Issued);
      for (String user : users) {
        assertThat(coupon.read(user).claim().userId()).isEqualTo(user);
      }
    }

    @Test
    void isNotTakenForAnothersWhereSomebodyWroteNonsenseIntoOne() {
      coupon.publish(10);
      coupon.claim(List.of("alice", "bob"));
      redis.send(Command.HSET, Keys.claimants(coupon.id), "alice", "1:1 2:2");

      assertThatThrownBy(() -> coupon.claim(List.of("alice", "bob")))
          .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void survivesNumbersThatLuaWouldRound() {
      coupon.publish(1_000_000_000);
      redis.send(Command.HSET, Keys.state(coupon.id), "sequence", "999999999999999", "issued", "5");

      assertThat(sequence(coupon.claim("alice"))).isEqualTo(1_000_000_000_000_000L);
      assertThat(coupon.ledger().get(0)).containsEntry("first", "1000000000000000");
      assertThat(coupon.read("alice").claim().sequence()).isEqualTo(1_000_000_000_000_000L);
    }
  }

  /** The entry of the ledger is the only write that can be refused. */
  @Nested
  class AFullRedis {

    private final RealRedis full = RealRedis.start();
    private final CouponFixture sale = new CouponFixture(full);

    @AfterEach
    void stop() {
      full.close();
    }

    @Test
    void issuesNothingAndTellsEverybodyElseWhatTheyAreToBeTold() {
      sale.publishForAudience(2, "alice", "bob", "carol", "dave");
      Claim alices = ((Issued) sale.claim("alice")).claim();
      full.send(Command.CONFIG, "SET", "maxmemory", "1");
      Map<String, String> before = full.dump(sale.id);

      List<ClaimResult> results =
          sale.claim(List.of("alice", "stranger", "bob", "bob", "carol", "alice"));

      assertThat(results.get(0)).isEqualTo(new AlreadyClaimed(alices));
      assertThat(reason(results.get(1))).isEqualTo(Reason.NOT_ELIGIBLE);
      assertThat(reason(results.get(2))).isEqualTo(Reason.REDIS_FULL);
      assertThat(reason(results.get(3))).as("the same user again").isEqualTo(Reason.REDIS_FULL);
      assertThat(reason(results.get(4)))
          .as("only bob, who got nothing, was before her")
          .isEqualTo(Reason.REDIS_FULL);
      assertThat(results.get(5)).isEqualTo(new AlreadyClaimed(alices));
      assertThat(full.dump(sale.id)).isEqualTo(before);

      full.send(Command.CONFIG, "SET", "maxmemory", "0");
      assertThat(sequence(sale.claim("carol"))).isEqualTo(2);
    }

    @Test
    void saysSoldOutWhereItIs() {
      sale.publish(1);
      sale.claim("alice");
      full.send(Command.CONFIG, "SET", "maxmemory", "1");

      assertThat(reason(sale.claim("bob"))).isEqualTo(Reason.SOLD_OUT);
    }

    @Test
    void isNotWhatAReplicaIs() {
      sale.publish(1);
      full.send(Command.REPLICAOF, "127.0.0.1", "1");

      assertThatThrownBy(() -> sale.claim("alice"))
          .isInstanceOf(RedisException.class)
          .hasMessageContaining("READONLY");
    }
  }

  @Nested
  class AStateThatIsNotWhole {

    @Test
    void isNotGuessedAt() {
      assertNotLoaded();
    }

    @Test
    void isNoticedWhenTheClaimantsAreGone() {
      coupon.publish(10);
      coupon.claim("alice");
      redis.send(Command.DEL, Keys.claimants(coupon.id));

      assertNotLoaded();
    }

    @Test
    void isNoticedWhenTheAudienceIsGone() {
      coupon.publishForAudience(10, "alice");
      redis.send(Command.DEL, Keys.audience(coupon.id));

      assertNotLoaded();
    }

    @Test
    void isRefusedWhenItIsOfAnotherFormat() {
      coupon.publish(10);
      redis.send(Command.HSET, Keys.state(coupon.id), "format", "2");

      assertThatThrownBy(() -> coupon.claim("alice"))
          .isInstanceOf(RedisException.class)
          .hasMessageContaining("STATEFORMAT");
    }

    @ParameterizedTest
    @ValueSource(strings = {"quantity", "issued", "sequence", "opens", "version", "epoch"})
    void isRefusedWhenAFieldIsNonsense(String field) {
      coupon.publish(10);
      redis.send(Command.HSET, Keys.state(coupon.id), field, "many");
      Map<String, String> before = redis.dump(coupon.id);

      assertThatThrownBy(() -> coupon.claim("alice"))
          .isInstanceOf(RedisException.class)
          .hasMessageContaining("STATECORRUPT");
      assertThat(redis.dump(coupon.id)).isEqualTo(before);
    }

    private void assertNotLoaded() {
      assertThatThrownBy(() -> coupon.claim("alice")).isInstanceOf(NotLoadedException.class);
      assertThatThrownBy(() -> coupon.read(null)).isInstanceOf(NotLoadedException.class);
      assertThatThrownBy(() -> coupon.change("quantity", 5)).isInstanceOf(NotLoadedException.class);
      assertThatThrownBy(() -> coupon.audience(true, "bob")).isInstanceOf(NotLoadedException.class);
    }
  }

  /** A script does not roll back: what would fail must fail before the first write. */
  @Nested
  class AKeyOfTheWrongType {

    @ParameterizedTest
    @ValueSource(strings = {"state", "claimants", "audience", "ledger"})
    void leavesEveryKeyUnchanged(String part) {
      coupon.publishForAudience(10, "alice", "bob");
      coupon.claim("alice");
      String key = "fc:{" + coupon.id + "}:" + part;
      redis.send(Command.DEL, key);
      redis.send(Command.SET, key, "something else");
      redis.send(Command.SET, Keys.loadLease(coupon.id), "token");
      Map<String, String> before = new TreeMap<>(redis.dump(coupon.id));

      List<Runnable> calls = new ArrayList<>();
      calls.add(() -> coupon.claim("bob"));
      calls.add(() -> coupon.change("quantity", 20));
      calls.add(() -> coupon.audience(true, "carol"));
      if (!part.equals("ledger")) {
        calls.add(() -> coupon.read("alice"));
      }
      for (Runnable call : calls) {
        assertThatThrownBy(call::run)
            .isInstanceOf(RedisException.class)
            .hasMessageContaining("WRONGTYPE");
        assertThat(redis.dump(coupon.id)).isEqualTo(before);
      }
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "state",
          "claimants",
          "audience",
          "ledger",
          "load-lease",
          "staged:token:claimants",
          "staged:token:audience"
        })
    void isNotPublishedOver(String part) {
      coupon.publishForAudience(10, "alice");
      redis.send(Command.HSET, Keys.claimants(coupon.id), "alice", "1:1000000");
      redis.send(Command.SET, Keys.loadLease(coupon.id), "token");
      redis.send(Command.HSET, Keys.stagedClaimants(coupon.id, "token"), "alice", "1:1000000");
      redis.send(Command.SADD, Keys.stagedAudience(coupon.id, "token"), "alice");

      assertRefused(
          part,
          () ->
              coupon
                  .scripts
                  .publish(coupon.id, "token", CouponFixture.state(2, 10, 0, 0, 1, 1))
                  .await()
                  .indefinitely());
    }

    @ParameterizedTest
    @ValueSource(strings = {"load-lease", "staged:token:claimants", "staged:token:audience"})
    void hasNothingStaged(String part) {
      redis.send(Command.SET, Keys.loadLease(coupon.id), "token");
      stage("claimants", "alice", "1:1000000");
      stage("audience", "alice");

      assertRefused(part, () -> stage("claimants", "bob", "2:1000000"));
      assertRefused(part, () -> stage("audience", "bob"));
    }

    @Test
    void isNotFenced() {
      assertRefused("state", () -> fence(5));
    }

    /** Breaks one key; what is called then fails by that, and nothing has changed. */
    private void assertRefused(String part, Runnable call) {
      String key = "fc:{" + coupon.id + "}:" + part;
      redis.send(Command.DEL, key);
      // A list: none of them is one.
      redis.send(Command.RPUSH, key, "something else");
      Map<String, String> before = redis.dump(coupon.id);

      assertThatThrownBy(call::run)
          .isInstanceOf(RedisException.class)
          .hasMessageContaining("WRONGTYPE");
      assertThat(redis.dump(coupon.id)).isEqualTo(before);
    }
  }

  @Nested
  class AStage {

    @Test
    void needsTheLease() {
      assertThat(stage("claimants", "alice", "1:1")).isFalse();
      redis.send(Command.SET, Keys.loadLease(coupon.id), "somebody else");
      assertThat(stage("claimants", "alice", "1:1")).isFalse();
      assertThat(stage("audience", "alice")).isFalse();

      assertThat(redis.dump(coupon.id)).containsOnlyKeys(Keys.loadLease(coupon.id));
      assertThat(redis.send(Command.GET, Keys.loadLease(coupon.id))).hasToString("somebody else");
      assertThat(ttl(Keys.loadLease(coupon.id))).as("not renewed for another").isEqualTo(-1);
    }

    @Test
    void gathersClaimantsAndAudience() {
      redis.send(Command.SET, Keys.loadLease(coupon.id), "token");

      assertThat(stage("claimants", "alice", "1:1", "bob", "2:2")).isTrue();
      assertThat(stage("claimants", "carol", "3:3")).isTrue();
      assertThat(stage("claimants")).isTrue();
      assertThat(stage("audience", "alice", "bob")).isTrue();
      assertThat(stage("audience")).isTrue();

      String claimants = Keys.stagedClaimants(coupon.id, "token");
      assertThat(redis.send(Command.HLEN, claimants).toInteger()).isEqualTo(3);
      assertThat(redis.send(Command.HGET, claimants, "bob")).hasToString("2:2");
      assertThat(redis.send(Command.SMEMBERS, Keys.stagedAudience(coupon.id, "token")))
          .extracting(Object::toString)
          .containsExactlyInAnyOrder("alice", "bob");
    }

    @Test
    void endsByItselfAsTheLeaseDoesAndEveryCallRenewsAllOfIt() {
      redis.send(Command.SET, Keys.loadLease(coupon.id), "token");
      stage("claimants", "alice", "1:1");
      stage("audience", "alice");
      List<String> keys =
          List.of(
              Keys.loadLease(coupon.id),
              Keys.stagedClaimants(coupon.id, "token"),
              Keys.stagedAudience(coupon.id, "token"));
      keys.forEach(key -> redis.send(Command.PEXPIRE, key, 5_000));

      stage("audience");

      assertThat(keys).allSatisfy(key -> assertThat(ttl(key)).isBetween(50_000L, 60_000L));
    }
  }

  @Nested
  class AnotherServer {

    @Test
    void decidesNothingAndChangesNothing() {
      coupon.publishForAudience(10, "alice");
      coupon.claim("alice");
      redis.send(Command.HSET, Keys.state(coupon.id), "server", "another");
      assertRecoveringAndUnchanged();
    }

    /** As a state that the release before this one has published. */
    @Test
    void nobodyKnowsDecidesNothing() {
      coupon.publishForAudience(10, "alice");
      redis.send(Command.HDEL, Keys.state(coupon.id), "server");
      assertRecoveringAndUnchanged();
    }

    @Test
    void isTakenForAnotherWhereTheCallerKnowsNoBetter() {
      coupon.publish(10);

      assertThat(claimAs("another", "0")).isEqualTo("RECOVERING");
      assertThat(redis.send(Command.EXISTS, Keys.ledger(coupon.id)).toInteger()).isZero();
    }

    @Test
    void isNotNeededForAStateToBeBehindWhatWasTold() {
      coupon.publish(10);
      coupon.claim("alice");

      assertThat(claimAs("", "2")).isEqualTo("RECOVERING");
      assertThat(claimAs("", "1")).endsWith(" 2");
    }

    private String claimAs(String server, String seen) {
      List<String> keys =
          List.of(
              Keys.state(coupon.id),
              Keys.claimants(coupon.id),
              Keys.audience(coupon.id),
              Keys.ledger(coupon.id));
      return redis.run("claim", keys, List.of("100", server, seen, "", "bob")).toString();
    }

    private void assertRecoveringAndUnchanged() {
      Map<String, String> before = redis.dump(coupon.id);
      for (Runnable call :
          List.<Runnable>of(
              () -> coupon.claim("alice"),
              () -> coupon.read(null),
              () -> coupon.change("quantity", 5),
              () -> coupon.audience(true, "bob"),
              () -> late("bob", "1:1", "1", "0"))) {
        assertThatThrownBy(call::run)
            .isInstanceOfSatisfying(
                NotLoadedException.class,
                e -> assertThat(e.problem()).isEqualTo(ProblemType.RECOVERING));
      }
      assertThat(redis.dump(coupon.id)).isEqualTo(before);
    }
  }

  @Nested
  class ACouponOutOfService {

    @Test
    void tellsWhatItHoldsAndDecidesNothingUntilItIsVerified() {
      coupon.publish(10);
      coupon.claim("alice");
      coupon.change("quantity", 12);
      redis.send(Command.HSET, Keys.state(coupon.id), "server", "another");

      CouponScripts.Fenced there = fenced(1);
      assertThat(there).isEqualTo(new CouponScripts.Fenced(1, 2, 1, 1, false, 0));
      assertThat(fenced(1)).as("asked again").isEqualTo(there);
      assertThatThrownBy(() -> coupon.claim("bob")).isInstanceOf(NotLoadedException.class);
      redis.send(Command.SET, Keys.loadLease(coupon.id), "token");
      assertThat(verify("nobody's", 1)).isEqualTo("LEASE-LOST");
      assertThat(verify("token", 7)).isEqualTo("STALE");
      assertThat(verify("token", 1)).isEqualTo("VERIFIED");

      assertThat(coupon.read(null).epoch()).isEqualTo(2);
      assertThat(coupon.read(null).ceiling()).isEqualTo(50);
      assertThat(sequence(coupon.claim("bob"))).isEqualTo(2);
      assertThat(redis.send(Command.EXISTS, Keys.loadLease(coupon.id)).toInteger()).isZero();
      assertThat(fenced(2).own()).as("it was in service here").isTrue();
    }

    /** The release before this one does not know of them, and publishes without. */
    @Test
    void isGivenWhatItsStateDoesNotSayAndKeepsWhatItSays() {
      coupon.publish(10);
      redis.send(Command.SET, Keys.loadLease(coupon.id), "token");
      redis.send(Command.HDEL, Keys.state(coupon.id), "acknowledge", "lost", "gaps", "server");
      fenced(1);
      assertThat(verify("token", 1)).isEqualTo("VERIFIED");

      CouponState state = coupon.read(null);
      assertThat(state.acknowledge()).isEqualTo(Acknowledge.DATABASE);
      assertThat(state.lost()).isEqualTo(3);
      assertThat(state.gaps()).isEqualTo(4);
      assertThat(state.onLoss()).isEqualTo(OnLoss.WITHHOLD);
      assertThat(state.rehearsal()).isFalse();
    }

    @Test
    void isNotWholeWhereAPartIsMissing() {
      coupon.publish(10);
      coupon.claim("alice");
      redis.send(Command.DEL, Keys.claimants(coupon.id));

      assertThat(fenced(1)).isNull();
      assertThatThrownBy(() -> coupon.claim("bob")).isInstanceOf(NotLoadedException.class);
    }

    @Test
    void isLeftAloneWhereItIsOfALaterEpoch() {
      coupon.publish(10);

      assertThat(fenced(0)).isNull();
      assertThat(sequence(coupon.claim("alice"))).isEqualTo(1);
    }

    private CouponScripts.Fenced fenced(long epoch) {
      return coupon.scripts.fence(coupon.id, epoch).await().indefinitely();
    }

    private String verify(String token, long from) {
      return coupon
          .scripts
          .verify(
              coupon.id,
              token,
              from,
              2,
              50,
              List.of("acknowledge", "database", "onLoss", "reissue", "lost", "3", "gaps", "4"))
          .await()
          .indefinitely();
    }
  }

  @Nested
  class ACeiling {

    @Test
    void isNeverPassedUntilMoreIsLent() {
      coupon.publish(10);
      redis.send(Command.HSET, Keys.state(coupon.id), "ceiling", "2");

      List<ClaimResult> results = coupon.claim(List.of("alice", "bob", "carol"));
      assertThat(sequence(results.get(1))).isEqualTo(2);
      assertThat(reason(results.get(2))).isEqualTo(Reason.LEDGER_BEHIND);
      assertThat(lend(2, 9)).as("another epoch").isFalse();
      assertThat(lend(1, 1)).as("it has more").isTrue();
      assertThat(reason(coupon.claim("carol"))).as("never lower").isEqualTo(Reason.LEDGER_BEHIND);
      assertThat(lend(1, 3)).isTrue();

      assertThat(sequence(coupon.claim("carol"))).isEqualTo(3);
      assertThat(reason(coupon.claim("dan"))).isEqualTo(Reason.LEDGER_BEHIND);
    }

    private boolean lend(long epoch, long ceiling) {
      return coupon.scripts.lend(coupon.id, epoch, 1, ceiling).await().indefinitely();
    }
  }

  @Nested
  class UnitsThatWereLost {

    @Test
    void areWithheldUnlessTheyAreToBeIssuedAgain() {
      coupon.publish(3);
      redis.send(Command.HSET, Keys.state(coupon.id), "lost", "2", "gaps", "2", "sequence", "2");

      assertThat(coupon.read(null).withheld()).isEqualTo(2);
      assertThat(sequence(coupon.claim("alice"))).isEqualTo(3);
      assertThat(reason(coupon.claim("bob"))).isEqualTo(Reason.SOLD_OUT);
      assertThat(coupon.read(null).refusal()).isEqualTo(Reason.SOLD_OUT);
      coupon.changeAndLend("onLoss", "reissue");

      assertThat(coupon.read(null).remaining()).isEqualTo(2);
      assertThat(sequence(coupon.claim("bob"))).isEqualTo(4);
    }

    @Test
    void areGivenBackToWhoTheyWereIssuedTo() {
      coupon.publish(3);
      redis.send(Command.HSET, Keys.state(coupon.id), "lost", "2", "gaps", "2", "sequence", "2");
      coupon.claim("alice");

      assertThat(late("alice", "1:5", "1", "0")).containsExactly(false);
      assertThat(late("bob", "1:5", "1", "0", "bob", "2:5", "1", "0")).containsExactly(true, false);
      assertThat(late("bob", "1:5", "1", "0")).as("asked again").containsExactly(true);
      CouponState state = coupon.read("bob");
      assertThat(state.claim().sequence()).isEqualTo(1);
      assertThat(state.issued()).isEqualTo(2);
      assertThat(state.withheld()).isEqualTo(1);
      assertThat(state.gaps()).isEqualTo(1);
      assertThat(state.version()).isEqualTo(2);
    }

    /** Another server may have it, and would never know. */
    @Test
    void waitWhereTheCouponIsNotUnlessItIsBeingLoaded() {
      String reading = Keys.loadReading(coupon.id);
      redis.send(Command.SET, reading, "loader 1");
      assertThatThrownBy(() -> late("bob", "1:5", "1", "0")).isInstanceOf(NotLoadedException.class);
      redis.send(Command.SET, Keys.loadLease(coupon.id), "loader");
      assertThat(lateOrLoaded("bob", "1:5", "1", "0")).isEmpty();
      redis.send(Command.SET, reading, "loader 0");
      assertThatThrownBy(() -> late("bob", "1:5", "1", "0")).isInstanceOf(NotLoadedException.class);
      redis.send(Command.DEL, reading);
      assertThatThrownBy(() -> late("bob", "1:5", "1", "0")).isInstanceOf(NotLoadedException.class);
    }

    @Test
    void areNeverGivenBackBeyondTheQuantity() {
      coupon.publish(1);
      redis.send(Command.HSET, Keys.state(coupon.id), "lost", "1", "gaps", "1", "sequence", "1");
      coupon.changeAndLend("onLoss", "reissue");
      coupon.claim("alice");

      assertThat(late("bob", "1:5", "1", "0")).containsExactly(false);
      assertThat(coupon.read("bob").claim()).isNull();
    }
  }

  @Nested
  class AFence {

    @Test
    void takesAwayWhatIsOlderAndNothingElse() {
      coupon.publish(10);
      coupon.claim("alice");
      Map<String, String> before = new TreeMap<>(redis.dump(coupon.id));

      assertThat(fence(2)).isTrue();

      before.remove(Keys.state(coupon.id));
      assertThat(redis.dump(coupon.id)).isEqualTo(before);
      assertThat(fence(2)).as("there is none").isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 9, 10})
    void leavesWhatIsOfThisEpochOrNewer(long epoch) {
      coupon.publish(10);
      redis.send(Command.HSET, Keys.state(coupon.id), "epoch", 10);
      Map<String, String> before = redis.dump(coupon.id);

      assertThat(fence(epoch)).isFalse();
      assertThat(redis.dump(coupon.id)).isEqualTo(before);
    }
  }

  /** Lua's stack bounds what a script can spread; so many users are always possible. */
  @Nested
  class TheMostUsersOfACall {

    private final List<String> users =
        IntStream.range(0, Script.MAX_USERS).mapToObj(i -> "user-" + i).toList();

    @Test
    void areSpreadAsTwoArgumentsEach() {
      assertThat(2 * Script.MAX_USERS).isLessThan(Script.MAX_UNPACK);
    }

    @Test
    void mayClaim() {
      coupon.publish(Script.MAX_USERS);

      assertThat(coupon.claim(users)).allMatch(result -> result instanceof Issued);
      assertThat(redis.send(Command.HLEN, Keys.claimants(coupon.id)).toInteger())
          .isEqualTo(Script.MAX_USERS);
    }

    @Test
    void mayBeAddedToTheAudienceAndRemoved() {
      coupon.publishForAudience(1);
      String[] all = users.toArray(String[]::new);

      assertThat(coupon.audience(true, all))
          .isEqualTo(new Done(1, 2, Script.MAX_USERS, Script.MAX_USERS));
      assertThat(coupon.claim(users)).filteredOn(result -> result instanceof Issued).hasSize(1);
      assertThat(coupon.audience(false, all)).isEqualTo(new Done(1, 3, Script.MAX_USERS, 0));
    }

    @Test
    void mayBeStaged() {
      redis.send(Command.SET, Keys.loadLease(coupon.id), "token");
      List<String> claimants = new ArrayList<>();
      users.forEach(user -> claimants.addAll(List.of(user, "1:1000000")));

      assertThat(stage("claimants", claimants.toArray(String[]::new))).isTrue();
      assertThat(stage("audience", users.toArray(String[]::new))).isTrue();

      String staged = Keys.stagedClaimants(coupon.id, "token");
      assertThat(redis.send(Command.HLEN, staged).toInteger()).isEqualTo(Script.MAX_USERS);
      assertThat(redis.send(Command.SCARD, Keys.stagedAudience(coupon.id, "token")).toInteger())
          .isEqualTo(Script.MAX_USERS);
    }
  }

  @Nested
  class AChange {

    @Test
    void bumpsTheVersionAndIsInTheLedgerAsAWhole() {
      coupon.publish(10);

      assertThat(coupon.change("quantity", 20)).isEqualTo(new Done(1, 2, 1, -1));
      assertThat(coupon.ledger())
          .singleElement()
          .satisfies(
              entry ->
                  assertThat(entry)
                      .containsEntry("kind", "definition")
                      .containsEntry("version", "2")
                      .containsEntry("quantity", "20")
                      .containsEntry("name", "A coupon")
                      .containsEntry("opens", "0")
                      .containsEntry("closes", "0")
                      .containsEntry("status", "open"));
    }

    @Test
    void thatChangesNothingBumpsNothing() {
      coupon.publish(10);

      assertThat(coupon.change("quantity", 10)).isEqualTo(new Done(1, 1, 0, -1));
      assertThat(coupon.ledger()).isEmpty();
    }

    @Test
    void mayLowerTheQuantityToWhatIsIssuedAndNoFurther() {
      coupon.publish(10);
      coupon.claim(List.of("alice", "bob"));

      assertThat(coupon.change("quantity", 1)).isEqualTo(new ChangeResult.Refused("BELOW-ISSUED"));
      assertThat(coupon.change("quantity", 2)).isInstanceOf(Done.class);
      assertThat(reason(coupon.claim("carol"))).isEqualTo(Reason.SOLD_OUT);
    }

    @Test
    void ofTheQuantityOpensASoldOutCouponAgain() {
      coupon.publish(1);
      coupon.claim("alice");
      coupon.changeAndLend("quantity", 2);

      assertThat(sequence(coupon.claim("bob"))).isEqualTo(2);
    }

    /** A loss is bounded by the units that MySQL knows of. */
    @ParameterizedTest
    @ValueSource(strings = {"quantity", "onLoss"})
    void addsNothingBeforeMySqlHasIt(String field) {
      coupon.publish(2);
      coupon.claim("alice");
      redis.send(Command.HSET, Keys.state(coupon.id), "lost", field.equals("onLoss") ? "1" : "0");
      coupon.change(field, field.equals("onLoss") ? "reissue" : "3");
      if (field.equals("quantity")) {
        assertThat(sequence(coupon.claim("bob"))).isEqualTo(2);
      }

      assertThat(reason(coupon.claim("carol"))).isEqualTo(Reason.LEDGER_BEHIND);
      assertThat(coupon.scripts.lend(coupon.id, 1, 1, 9).await().indefinitely()).isFalse();
      assertThat(reason(coupon.claim("carol"))).isEqualTo(Reason.LEDGER_BEHIND);
      assertThat(coupon.scripts.lend(coupon.id, 1, 2, 9).await().indefinitely()).isTrue();
      assertThat(sequence(coupon.claim("carol"))).isPositive();
    }

    @Test
    void mayNotCloseBeforeItOpens() {
      coupon.publishWithWindow(10, HOUR, 0);

      assertThat(coupon.change("closes", HOUR)).isEqualTo(new ChangeResult.Refused("WINDOW"));
    }

    @Test
    void resumesWhatWasPausedButNotWhatWasClosed() {
      coupon.publish(10);
      coupon.change("status", "paused");
      assertThat(coupon.change("status", "open")).isInstanceOf(Done.class);
      coupon.change("status", "closed");

      assertThat(coupon.change("status", "open")).isEqualTo(new ChangeResult.Refused("CLOSED"));
      assertThat(coupon.change("status", "paused")).isEqualTo(new ChangeResult.Refused("CLOSED"));
    }

    @Test
    void ofAFieldThatIsNoneIsRefused() {
      coupon.publish(10);

      assertThatThrownBy(() -> coupon.change("issued", 0)).isInstanceOf(RedisException.class);
      assertThatThrownBy(() -> coupon.change("quantity", "ten")).isInstanceOf(RedisException.class);
    }
  }

  @Nested
  class AnAudience {

    @Test
    void countsWhoReallyChanged() {
      coupon.publishForAudience(10, "alice");

      assertThat(coupon.audience(true, "alice", "bob", "bob")).isEqualTo(new Done(1, 2, 1, 2));
      assertThat(coupon.audience(true, "bob")).isEqualTo(new Done(1, 2, 0, 2));
      assertThat(coupon.audience(false, "alice", "nobody")).isEqualTo(new Done(1, 3, 1, 1));
      assertThat(coupon.ledger())
          .extracting(entry -> entry.get("kind") + " " + entry.get("users"))
          .containsExactly("audience-add bob", "audience-remove alice");
    }

    @Test
    void mayBeEmptiedAndFilledAgain() {
      coupon.publishForAudience(10, "alice");
      coupon.audience(false, "alice");
      assertThat(reason(coupon.claim("alice"))).isEqualTo(Reason.NOT_ELIGIBLE);
      coupon.audience(true, "alice");

      assertThat(sequence(coupon.claim("alice"))).isEqualTo(1);
    }

    @Test
    void isRefusedWhereAnybodyMayClaim() {
      coupon.publish(10);

      assertThat(coupon.audience(true, "alice")).isEqualTo(new ChangeResult.Refused("NO-AUDIENCE"));
    }
  }

  @Nested
  class APublication {

    @Test
    void isRefusedWithoutTheLease() {
      redis.send(Command.SET, Keys.loadLease(coupon.id), "somebody else");

      assertThat(publish(1, 0)).isEqualTo("LEASE-LOST");
    }

    @Test
    void isRefusedWhereTheStateIsOfThisEpochOrNewer() {
      coupon.publish(10);
      redis.send(Command.SET, Keys.loadLease(coupon.id), "token");

      assertThat(publish(1, 0)).isEqualTo("STALE");
      assertThat(publish(2, 0)).isEqualTo("PUBLISHED");
    }

    @Test
    void isRefusedWhileTheLedgerHoldsEntries() {
      coupon.publish(10);
      coupon.claim("alice");
      redis.send(Command.SET, Keys.loadLease(coupon.id), "token");

      assertThat(publish(2, 0)).isEqualTo("UNDRAINED");
    }

    @Test
    void isRefusedWhereStagedClaimantsAreMissing() {
      redis.send(Command.SET, Keys.loadLease(coupon.id), "token");
      redis.send(Command.HSET, Keys.stagedClaimants(coupon.id, "token"), "alice", "1:1");

      assertThat(publish(1, 2)).isEqualTo("INCOMPLETE");
    }

    @Test
    void makesTheClaimantsAppearForGoodAndReleasesTheLease() {
      redis.send(Command.SET, Keys.loadLease(coupon.id), "token");
      String staged = Keys.stagedClaimants(coupon.id, "token");
      redis.send(Command.HSET, staged, "alice", "1:1000000");
      redis.send(Command.PEXPIRE, staged, "60000");

      assertThat(publish(1, 1)).isEqualTo("PUBLISHED");
      assertThat(coupon.read("alice").claim().sequence()).isEqualTo(1);
      assertThat(redis.send(Command.PTTL, Keys.claimants(coupon.id)).toInteger()).isEqualTo(-1);
      assertThat(redis.send(Command.EXISTS, Keys.loadLease(coupon.id), staged).toInteger())
          .isZero();
    }

    private String publish(long epoch, long holders) {
      return coupon
          .scripts
          .publish(coupon.id, "token", CouponFixture.state(epoch, 10, 0, 0, -1, holders))
          .await()
          .indefinitely();
    }
  }

  private boolean stage(String what, String... members) {
    return coupon
        .scripts
        .stage(coupon.id, "token", Duration.ofMinutes(1), what, List.of(members))
        .await()
        .indefinitely();
  }

  private Optional<List<Boolean>> lateOrLoaded(String... claims) {
    return coupon.scripts.late(coupon.id, 1, List.of(claims)).await().indefinitely();
  }

  private List<Boolean> late(String... claims) {
    return lateOrLoaded(claims).orElseThrow();
  }

  private boolean fence(long epoch) {
    return coupon.scripts.remove(coupon.id, epoch).await().indefinitely();
  }

  private long ttl(String key) {
    return redis.send(Command.PTTL, key).toLong();
  }

  private static long sequence(ClaimResult result) {
    return result instanceof Issued issued
        ? issued.claim().sequence()
        : ((AlreadyClaimed) result).claim().sequence();
  }

  private static Reason reason(ClaimResult result) {
    return ((Refused) result).reason();
  }
}
