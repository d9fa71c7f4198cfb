package io.firstcome.coupon.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Replica;
import io.firstcome.coupon.Stores;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.StoredCoupon;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.DeadLetter;
import io.firstcome.ledger.LedgerApplier;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.ledger.drain.OwnDrainer;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.recovery.Loader;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who slept, or came back from the past, changes nothing. */
@QuarkusTest
class FencingOverHttpTest {

  @RegisterExtension static final Stores stores = new Stores();

  private static final Map<String, Object> REISSUE = Map.of("onLoss", "REISSUE");

  private final Replica other = new Replica(stores);

  @Test
  void aLoaderThatSleptPastItsLeaseChangesNothing() {
    String id = Api.create(3, REISSUE);
    Map<String, Object> claim = claimed(id, "alice");
    stores.awaitDrained(id);
    long epoch = stores.epoch(id);
    SleepyScripts sleepy = new SleepyScripts(stores.scripts());
    Loader sleeper = other.loader(sleepy);
    try {
      stores.loseAll(id);
      CompletableFuture<Void> load = sleeper.await(id).subscribeAsCompletionStage();
      // It has the lease, and has seen that there is nothing.
      pass(sleepy.asleep);
      assertThat(stores.redis(Command.DEL, Keys.loadLease(id)).toInteger()).isEqualTo(1);
      assertThat(afterLoading(id, "bob").jsonPath().getInt("sequence")).isEqualTo(4);
      sleepy.goOn.countDown();
      load.orTimeout(20, TimeUnit.SECONDS).handle((done, e) -> null).join();
      // Whatever else it began: a load ends by giving the lease back.
      await()
          .atMost(Stores.SOON)
          .until(() -> stores.redis(Command.EXISTS, Keys.loadLease(id)).toInteger() == 0);
    } finally {
      sleepy.goOn.countDown();
      sleeper.stop();
    }

    assertThat(stores.epoch(id)).isEqualTo(epoch + 1).isEqualTo(epochInRedis(id));
    Api.claim(id, "carol").statusCode(201).body("sequence", equalTo(5));
    Problems.is(Api.claim(id, "dan"), ProblemType.SOLD_OUT);
    Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED).body("claim", equalTo(claim));
    stores.awaitDrained(id);
    assertThat(deadLetters(id)).isEmpty();
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id)).hasSize(3);
    assertThat(stores.redis(Command.KEYS, "fc:{" + id + "}:staged:*").size()).isZero();
  }

  @Test
  void anAudienceChangeAppliedLateChangesNothing() {
    String id = Api.create(3, Map.of("audience", true));
    long version = stores.coupon(id).getLong("version");
    LedgerEntry add = change(id, "audience-add", version + 1, Map.of("users", "alice"));
    LedgerEntry remove = change(id, "audience-remove", version + 2, Map.of("users", "alice"));
    LedgerEntry addAgain = change(id, "audience-add", version + 3, Map.of("users", "alice"));
    LedgerEntry removeAgain = change(id, "audience-remove", version + 4, Map.of("users", "alice"));

    assertThat(apply(id, add, remove, addAgain)).isEmpty();
    assertThat(members(id)).containsExactly("alice");
    assertThat(apply(id, remove)).isEmpty();
    assertThat(members(id)).containsExactly("alice");
    assertThat(apply(id, add, remove, addAgain)).isEmpty();
    assertThat(members(id)).containsExactly("alice");
    assertThat(apply(id, removeAgain)).isEmpty();
    assertThat(members(id)).isEmpty();
    assertThat(apply(id, addAgain)).isEmpty();
    assertThat(members(id)).isEmpty();
    assertThat(stores.coupon(id).getLong("version")).isEqualTo(version + 4);
  }

  @Test
  void aDefinitionAppliedLateChangesNothing() {
    String id = Api.create(3, Map.of("audience", true));
    long version = stores.coupon(id).getLong("version");
    LedgerEntry first = definition(id, version + 1, "First", 5);
    LedgerEntry second = definition(id, version + 3, "Second", 6);
    LedgerEntry between = change(id, "audience-add", version + 2, Map.of("users", "alice"));

    assertThat(apply(id, first, between, second)).isEmpty();
    for (LedgerEntry late : List.of(first, between)) {
      assertThat(apply(id, late)).isEmpty();
      Row coupon = stores.coupon(id);
      assertThat(coupon.getString("name")).isEqualTo("Second");
      assertThat(coupon.getLong("quantity")).isEqualTo(6);
      assertThat(coupon.getLong("version")).isEqualTo(version + 3);
    }
    assertThat(members(id)).containsExactly("alice");
  }

  /** What was refused of it was never there, so what came later had not counted on it. */
  @Test
  void aRefusedAdditionMayBeReplayedThoughItIsLate() {
    String id = Api.create(3, Map.of("audience", true));
    long version = stores.coupon(id).getLong("version");
    String tooLong = "x".repeat(1_000);
    List<DeadLetter> refused =
        apply(
            id,
            change(id, "audience-add", version + 1, Map.of("users", "alice " + tooLong)),
            change(id, "audience-add", version + 2, Map.of("users", "bob")));
    assertThat(refused).hasSize(1);
    LedgerEntry entry = refused.get(0).entry();
    assertThat(entry.fields()).containsEntry("users", tooLong).containsKey("replayable");

    // As if the column had been made wide enough.
    assertThat(apply(id, entry.with(Map.of("users", "carol")))).isEmpty();

    assertThat(members(id)).containsExactlyInAnyOrder("alice", "bob", "carol");
    assertThat(stores.coupon(id).getLong("version")).isEqualTo(version + 2);
  }

  /** The copy that came back is known to be old by who has seen more. */
  @Test
  void anOldStateThatCameBackDecidesNothing() {
    String id = Api.create(4, REISSUE);
    Map<String, Object> claim = claimed(id, "alice");
    stores.awaitDrained(id);
    backUp(id);
    Api.claim(id, "bob").statusCode(201).body("sequence", equalTo(2));
    stores.awaitDrained(id);
    long epoch = stores.epoch(id);
    restore(id);

    Problems.is(Api.claim(id, "carol"), ProblemType.RECOVERING);
    assertThat(afterLoading(id, "carol").jsonPath().getInt("sequence")).isEqualTo(5);
    Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED).body("claim", equalTo(claim));
    Problems.is(Api.claim(id, "bob"), ProblemType.ALREADY_CLAIMED);
    assertThat(stores.epoch(id)).isEqualTo(epoch + 1).isEqualTo(epochInRedis(id));
    stores.awaitDrained(id);
    assertThat(deadLetters(id)).isEmpty();
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id)).hasSize(3);
  }

  /** Of an epoch that is over, and asked by a replica that knows no better. */
  @Test
  void anOldStateThatCameBackAndIssuedIsTakenAwayAndWhatItIssuedIsJudgedAgain() {
    String id = Api.create(4, REISSUE);
    claimed(id, "alice");
    stores.awaitDrained(id);
    backUp(id);
    stores.loseAll(id);
    assertThat(afterLoading(id, "bob").jsonPath().getInt("sequence")).isEqualTo(5);
    stores.awaitDrained(id);
    long epoch = stores.epoch(id);

    restore(id);
    assertThat(epochInRedis(id)).isEqualTo(epoch - 1);
    stores.claim(id, List.of("carol", "bob"));
    // The drain finds it within its idle poll, and has it loaded.
    stores.awaitDrained(id);

    await().atMost(Stores.SOON).until(() -> epochInRedis(id) == epoch + 1);
    assertThat(deadLetters(id))
        .singleElement()
        .satisfies(
            letter ->
                assertThat(letter)
                    .containsEntry("reason", "conflict")
                    .containsEntry("first", "3")
                    .containsEntry("users", "bob"));
    assertThat(stores.claimsInMySql(id)).hasSize(3);
    assertThat(stores.claimsInMySql(id).get("carol")).startsWith("2:");
    Problems.is(afterLoading(id, "carol").then(), ProblemType.ALREADY_CLAIMED)
        .body("claim.sequence", equalTo(2));
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id));
  }

  @Test
  void unitsThatAreFoundLateJoinTheirUsersOthers() {
    String id = Api.create(9, Map.of("perUserLimit", 4));
    Api.claim(id, "alice", 2).statusCode(201);
    stores.awaitDrained(id);
    long epoch = stores.epoch(id);
    stores.loseAll(id);
    Api.admin().post("/api/v1/admin/coupons/" + id + "/recover").then().statusCode(204);
    LedgerEntry old =
        Replica.claim(epoch, 3, "alice")
            .with(Map.of("users", "alice alice zoe zoe", "units", "3 4 1 2"));
    LedgerEntry older = Replica.claim(epoch, 7, "alice").with(Map.of("units", "2"));

    assertThat(apply(id, old, older))
        .singleElement()
        .satisfies(
            letter ->
                assertThat(letter.entry().fields())
                    .containsEntry("first", "7")
                    .containsEntry("units", "2"));

    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id)).hasSize(2);
    Api.ownClaim(id, "alice").body("units.sequence", equalTo(List.of(1, 2, 3, 4)));
    Api.ownClaim(id, "zoe").body("units.sequence", equalTo(List.of(5, 6)));
    Api.read(id).body("issued", equalTo(6)).body("withheld", equalTo(3));
    assertThat(apply(id, old)).isEmpty();
    Api.read(id).body("issued", equalTo(6));
  }

  /** Redis has not the coupon as it is now: a server that took its place may, and never knew. */
  @Test
  void whatIsFoundLateWhereTheCouponIsNotIsWrittenToNobody() {
    String id = Api.create(5);
    claimed(id, "alice");
    stores.awaitDrained(id);
    LedgerEntry old = Replica.claim(stores.epoch(id), 2, "zoe");
    stores.loseAll(id);
    Api.admin().post("/api/v1/admin/coupons/" + id + "/recover").then().statusCode(204);
    stores.loseAll(id);

    assertThatThrownBy(() -> apply(id, old)).isInstanceOf(NotLoadedException.class);

    assertThat(stores.claimsInMySql(id)).containsOnlyKeys("alice");
    Api.admin().post("/api/v1/admin/coupons/" + id + "/recover").then().statusCode(204);
    assertThat(apply(id, old)).isEmpty();
    assertThat(stores.claimsInMySql(id))
        .isEqualTo(stores.claimsInRedis(id))
        .containsOnlyKeys("alice", "zoe");
  }

  private void backUp(String id) {
    stores.redis(Command.COPY, Keys.state(id), "fc:{" + id + "}:backup-of-state");
    stores.redis(Command.COPY, Keys.claimants(id), "fc:{" + id + "}:backup-of-claimants");
  }

  private void restore(String id) {
    stores.redis(Command.RENAME, "fc:{" + id + "}:backup-of-claimants", Keys.claimants(id));
    stores.redis(Command.RENAME, "fc:{" + id + "}:backup-of-state", Keys.state(id));
  }

  /** It has read, Redis is emptied, the coupon is loaded and sold anew, and only then it writes. */
  @Test
  void aDrainerThatSleptWritesWhatIsStillGoodAndKeepsTheRest() {
    String id = Api.create(3, REISSUE);
    SleepyApplier sleepy = new SleepyApplier(id, other.applier());
    try (OwnDrainer sleeper = other.drainer(sleepy)) {
      Stores.Hold hold = stores.holdDrain(id);
      Map<String, Object> claim = claimed(id, "alice");
      claimed(id, "bob");
      hold.stopRenewing();
      sleeper.takeOver(id);
      pass(sleepy.asleep);

      stores.loseAll(id);
      assertThat(afterLoading(id, "carol").jsonPath().getInt("sequence")).isEqualTo(4);
      Api.claim(id, "dan").statusCode(201).body("sequence", equalTo(5));
      sleepy.goOn.countDown();
      await().atMost(Stores.SOON).until(() -> deadLetters(id).size() >= 1);

      // One unit was left, and two had been told.
      assertThat(deadLetters(id)).extracting(l -> l.get("users")).containsExactly("bob");
      assertThat(deadLetters(id)).extracting(l -> l.get("reason")).containsOnly("conflict");
      Problems.is(Api.claim(id, "erin"), ProblemType.SOLD_OUT);
      Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED)
          .body("claim", equalTo(claim));
      stores.awaitDrained(id);
      assertThat(stores.claimsInMySql(id))
          .isEqualTo(stores.claimsInRedis(id))
          .containsOnlyKeys("alice", "carol", "dan");
      assertThat(deadLetters(id)).hasSize(1);
    } finally {
      sleepy.goOn.countDown();
    }
  }

  /** Falls asleep for a while after its first look at a coupon. */
  private static final class SleepyScripts extends CouponScripts {

    final CountDownLatch asleep = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);

    SleepyScripts(Scripts redis) {
      super(redis, Stores.MAX_UNDRAINED);
    }

    @Override
    public Uni<StoredCoupon> stored(String couponId, String userId, long highest) {
      Uni<StoredCoupon> seen = super.stored(couponId, userId, highest).memoize().indefinitely();
      seen.subscribeAsCompletionStage().handle((state, e) -> null).join();
      asleep.countDown();
      pass(goOn);
      return seen;
    }
  }

  /** Falls asleep for a while between what it was given to write and writing it. */
  private static final class SleepyApplier implements LedgerApplier {

    final CountDownLatch asleep = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);
    private final String id;
    private final LedgerApplier awake;

    SleepyApplier(String id, LedgerApplier awake) {
      this.id = id;
      this.awake = awake;
    }

    @Override
    public AggregateType type() {
      return awake.type();
    }

    @Override
    public Set<String> kinds() {
      return awake.kinds();
    }

    @Override
    public List<DeadLetter> apply(SqlTransaction tx, String tag, List<LedgerEntry> entries) {
      if (tag.equals(id)) {
        asleep.countDown();
        pass(goOn);
      }
      return awake.apply(tx, tag, entries);
    }
  }

  private List<DeadLetter> apply(String id, LedgerEntry... entries) {
    return other.apply(id, List.of(entries));
  }

  private LedgerEntry definition(String id, long version, String name, long quantity) {
    return change(
        id,
        "definition",
        version,
        Map.of(
            "name",
            name,
            "quantity",
            "" + quantity,
            "opens",
            "0",
            "closes",
            "0",
            "status",
            "open"));
  }

  private LedgerEntry change(String id, String kind, long version, Map<String, String> more) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("format", "1");
    fields.put("kind", kind);
    fields.put("epoch", "" + stores.epoch(id));
    fields.put("at", "1900000000000000");
    fields.put("version", "" + version);
    fields.putAll(more);
    return new LedgerEntry("1-" + version, fields);
  }

  private List<String> members(String id) {
    List<String> members = new ArrayList<>();
    stores
        .sql("SELECT user_id FROM audience_member WHERE coupon_id = ?", id)
        .forEach(row -> members.add(row.getString(0)));
    return members;
  }

  /** 0 while the state is on its way between two epochs. */
  private long epochInRedis(String id) {
    var epoch = stores.redis(Command.HGET, Keys.state(id), "epoch");
    return epoch == null ? 0 : epoch.toLong();
  }

  private List<Map<String, String>> deadLetters(String id) {
    List<Map<String, String>> letters = new ArrayList<>();
    stores
        .redis(Command.XRANGE, Keys.deadLetters(id), "-", "+")
        .forEach(
            letter -> {
              Map<String, String> fields = new LinkedHashMap<>();
              for (int i = 0; i < letter.get(1).size(); i += 2) {
                fields.put(letter.get(1).get(i).toString(), letter.get(1).get(i + 1).toString());
              }
              letters.add(fields);
            });
    return letters;
  }

  private static Map<String, Object> claimed(String id, String user) {
    return Api.claim(id, user).statusCode(201).extract().jsonPath().getMap("$");
  }

  /** The first answer to a claim that is not "loading". */
  private static Response afterLoading(String id, String user) {
    return await()
        .atMost(Stores.SOON)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> Api.as(user).post(Api.claims(id)), answer -> answer.statusCode() != 503);
  }

  private static void pass(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
