package io.firstcome.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.chaos.Operation.Kind;
import io.firstcome.chaos.Remains.CampaignRemains;
import io.firstcome.chaos.Remains.CouponRemains;
import io.firstcome.chaos.Remains.Item;
import io.firstcome.chaos.Remains.Reserved;
import io.firstcome.chaos.Remains.SaleRemains;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Histories made by hand: the good are passed and each kind of bad is found. */
class JudgeTest {
  private final History history = new History();
  private final Map<String, String> rows = new HashMap<>();
  private final Map<String, String> redis = new HashMap<>();
  private final Map<String, String> redeemed = new HashMap<>();
  private final Set<String> revoked = new HashSet<>();
  private final Set<String> revokedInRedis = new HashSet<>();
  private final TreeMap<Long, Long> gaps = new TreeMap<>();
  private final Map<String, Reserved> reservations = new HashMap<>();
  private final Map<String, Integer> letters = new HashMap<>();
  private final List<String> audit = new ArrayList<>();
  private long quantity = 10;
  private CampaignRemains campaign = new CampaignRemains(60, 60);
  private String onLoss = "WITHHOLD";
  private long undrained;
  private long returned;
  private Item item = new Item(10, 8, 1, 1);

  @BeforeEach
  void twoClaimsAndTwoReservations() {
    holds("alice", "1@t1");
    holds("bob", "2@t2");
    claimed("alice", 0, 10, "1@t1");
    claimed("bob", 20, 30, "2@t2");
    asked(Kind.RESERVE, "s", "alice", "k", 0, 10, 201, "", "h1");
    asked(Kind.CONFIRM, "s", "alice", "h1", 20, 30, 200, "", "CONFIRMED");
    asked(Kind.RESERVE, "s", "bob", "k", 0, 10, 201, "", "h2");
    reservations.put("h1", new Reserved("alice", "k", "CONFIRMED", "t9", Map.of("a", 1L)));
    reservations.put("h2", new Reserved("bob", "k", "HELD", "t9", Map.of("a", 1L)));
  }

  @Test
  void aSaleInWhichEveryPromiseWasKeptIsClean() {
    claimed("alice", 40, 50, "1@t1");
    refused("carol", 60, 70, "sold-out");
    Verdict verdict = judged(Level.REDIS);
    assertThat(verdict.findings()).isEmpty();
    assertThat(verdict.acknowledged()).isEqualTo(4);
  }

  @ParameterizedTest
  @EnumSource(Level.class)
  void aClaimThatIsGoneForNoReasonIsLost(Level level) {
    claimed("carol", 40, 50, "3@t3");
    Verdict verdict = judged(level);
    assertThat(verdict.lost()).isEqualTo(1);
    assertThat(verdict.findings()).singleElement().asString().contains("3@t3 of carol");
  }

  @Test
  void aRedemptionThatWasToldIsThereAndTheOnlyOne() {
    redeemed.put("alice", "o-1@1");
    asked(Kind.REDEEM, "c", "alice", "o-1", 40, 50, 201, "", "o-1@1");
    asked(Kind.REDEEM, "c", "alice", "o-1", 60, 70, 200, "", "o-1@1");
    asked(Kind.REDEEM, "c", "alice", "o-2", 60, 70, 409, "already-redeemed", "");
    assertThat(judged(Level.REDIS).findings()).isEmpty();

    asked(Kind.REDEEM, "c", "alice", "o-3", 80, 90, 201, "", "o-3@1");
    assertThat(judged(Level.REDIS).findings())
        .anyMatch(finding -> finding.contains("redeemed 2 times"));
    asked(Kind.REDEEM, "c", "bob", "o-1", 80, 90, 201, "", "o-1@2");
    history.add(new Loss("failover", 95, 99, Set.of(Level.REDIS), false));
    assertThat(judged(Level.REDIS).findings())
        .anyMatch(finding -> finding.contains("o-1@2 of bob was acknowledged and is gone"));
  }

  @Test
  void aRedemptionThatWasTakenBackDoesNotComeAgain() {
    asked(Kind.REDEEM, "c", "alice", "o-1", 40, 50, 201, "", "o-1@1");
    asked(Kind.UNREDEEM, "c", "alice", "o-1", 60, 70, 200, "", "o-1");
    asked(Kind.REDEEM, "c", "alice", "o-1", 72, 73, 409, "redemption-undone", "");
    asked(Kind.REDEEM, "c", "alice", "o-2", 80, 90, 201, "", "o-2@1");
    redeemed.put("alice", "o-2@1");
    assertThat(judged(Level.REDIS).findings()).isEmpty();

    redeemed.put("alice", "o-1@1");
    assertThat(judged(Level.REDIS).findings())
        .anyMatch(
            f -> f.contains("the undone redemption o-1 of alice was acknowledged and is gone"))
        .anyMatch(f -> f.contains("the redemption o-2@1 of alice was acknowledged and is gone"));
  }

  /** Nobody knows whether it was taken back, so either may be. */
  @Test
  void aRedemptionMayBeGoneIfTakingItBackHadNoAnswer() {
    asked(Kind.REDEEM, "c", "alice", "o-1", 40, 50, 201, "", "o-1@1");
    asked(Kind.UNREDEEM, "c", "alice", "o-1", 60, 70, 0, "", "");
    asked(Kind.UNREDEEM, "c", "alice", "o-1", 71, 72, 404, "unknown-redemption", "");
    assertThat(judged(Level.REDIS).findings()).isEmpty();
    redeemed.put("alice", "o-1@1");
    assertThat(judged(Level.REDIS).findings()).isEmpty();
  }

  @Test
  void aRevocationThatWasToldIsThereAndNoneThatNobodyAskedFor() {
    asked(Kind.REVOKE, "c", "alice", "", 40, 50, 200, "", "REVOKED");
    assertThat(judged(Level.REDIS).findings())
        .singleElement()
        .asString()
        .contains("the revocation REVOKED of alice was acknowledged and is gone");

    revoked.add("alice");
    assertThat(judged(Level.REDIS).findings())
        .singleElement()
        .asString()
        .contains("other revocations: [alice] and []");
    revokedInRedis.add("alice");
    assertThat(judged(Level.REDIS).findings()).isEmpty();

    revoked.add("bob");
    revokedInRedis.add("bob");
    assertThat(judged(Level.REDIS).findings()).containsExactly("c: nobody revoked [bob]");
  }

  @Test
  void aUnitThatWentBackIsIssuedOnceMore() {
    quantity = 2;
    asked(Kind.REVOKE, "c", "alice", "", 40, 50, 200, "", "REVOKED");
    revoked.add("alice");
    revokedInRedis.add("alice");
    holds("carol", "3@t3");
    claimed("carol", 60, 70, "3@t3");
    assertThat(judged(Level.REDIS).findings()).anyMatch(f -> f.contains("3 units"));
    returned = 1;
    assertThat(judged(Level.REDIS).findings()).isEmpty();
  }

  /** Each of them is held, numbered and revoked as a claim of one unit is. */
  @Test
  void eachOfSeveralUnitsIsJudged() {
    asked(Kind.CLAIM, "c", "carol", "2", 40, 50, 201, "", "3@t3 4@t3");
    holds("carol#1", "3@t3");
    assertThat(judged(Level.REDIS).findings())
        .singleElement()
        .asString()
        .contains("4@t3 of carol#2 was acknowledged and is gone");
    holds("carol#2", "4@t3");
    assertThat(judged(Level.REDIS).findings()).isEmpty();

    asked(Kind.CLAIM, "c", "carol", "2", 60, 70, 409, "sold-out", "");
    assertThat(judged(Level.REDIS).findings()).hasSize(2).allMatch(f -> f.contains("was told"));
  }

  @Test
  void whatALevelCannotKeepIsForfeitedAndNotLost() {
    claimed("carol", 40, 50, "3@t3");
    history.add(new Loss("failover", 60, 70, Set.of(Level.REDIS), false));
    assertThat(judged(Level.REDIS))
        .extracting(Verdict::lost, Verdict::forfeited)
        .containsExactly(0L, 1L);
    assertThat(judged(Level.REPLICA).lost()).isEqualTo(1);
    assertThat(judged(Level.DATABASE).lost()).isEqualTo(1);
  }

  @Test
  void whatWasDrainedBeforeTheLossIsNotForfeited() {
    claimed("carol", 40, 50, "3@t3");
    history.drained("c", 55, 59);
    history.add(new Loss("flush", 60, 70, Set.of(Level.REDIS), false));
    assertThat(judged(Level.REDIS).lost()).isEqualTo(1);
  }

  /** It may be empty for that reason. */
  @Test
  void aLedgerThatIsSeenEmptyWhileItIsLostIsNotDrained() {
    claimed("carol", 40, 50, "3@t3");
    history.drained("c", 55, 61);
    history.add(new Loss("flush", 60, 70, Set.of(Level.REDIS), false));
    assertThat(judged(Level.REDIS))
        .extracting(Verdict::lost, Verdict::forfeited)
        .containsExactly(0L, 1L);
  }

  @Test
  void whatWasAskedForAfterTheLossIsNotForfeited() {
    history.add(new Loss("flush", 31, 39, Set.of(Level.REDIS), false));
    claimed("carol", 40, 50, "3@t3");
    assertThat(judged(Level.REDIS).lost()).isEqualTo(1);
  }

  @Test
  void aClaimThatIsAnotherWhenAskedForAgainIsLost() {
    claimed("bob", 40, 50, "3@t3");
    assertThat(judged(Level.REDIS).lost()).isEqualTo(1);
  }

  @Test
  void oneNumberForTwoIsADuplicate() {
    claimed("carol", 40, 50, "2@t3");
    Verdict verdict = judged(Level.REDIS);
    assertThat(verdict.duplicates()).isEqualTo(1);
    assertThat(verdict.findings()).anyMatch(f -> f.contains("number 2 was given 2 times"));
  }

  @Test
  void moreUnitsThanThereAreAreOverIssued() {
    quantity = 1;
    assertThat(judged(Level.REDIS).overIssued()).isEqualTo(1);
  }

  @Test
  void whatIsLostIsSoldAgainOnlyWhereItMayBe() {
    quantity = 2;
    claimed("carol", 40, 50, "3@t3");
    history.add(new Loss("flush", 60, 70, Set.of(Level.REDIS), false));
    assertThat(judged(Level.REDIS).overIssued()).isEqualTo(1);
    onLoss = "REISSUE";
    assertThat(judged(Level.REDIS).findings()).isEmpty();
  }

  @Test
  void whatIsForfeitedUnnoticedIsGivenAgain() {
    quantity = 2;
    holds("bob", "2@t3");
    rows.remove("alice");
    redis.remove("alice");
    holds("carol", "1@t3");
    history.add(new Loss("failover", 5, 35, Set.of(Level.REDIS), true));
    Verdict verdict = judged(Level.REDIS);
    assertThat(verdict.findings()).isEmpty();
    assertThat(verdict)
        .extracting(Verdict::forfeited, Verdict::reissued, Verdict::duplicates)
        .containsExactly(2L, 2L, 0L);
    claimed("dan", 40, 50, "1@t4");
    holds("dan", "1@t4");
    assertThat(judged(Level.REDIS))
        .extracting(Verdict::duplicates, Verdict::overIssued)
        .containsExactly(1L, 1L);
  }

  @Test
  void whatIsForfeitedAndNoticedIsNotGivenAgain() {
    claimed("carol", 40, 50, "3@t3");
    holds("dan", "3@t4");
    history.add(new Loss("flush", 60, 70, Set.of(Level.REDIS), false));
    assertThat(judged(Level.REDIS))
        .extracting(Verdict::reissued, Verdict::duplicates)
        .containsExactly(0L, 1L);
  }

  @Test
  void whatIsToldAfterALossMayHaveBeenAskedForByWhoWasLeftWithoutAnAnswer() {
    history.add(new Loss("flush", 0, 35, Set.of(Level.REDIS), false));
    rows.clear();
    redis.clear();
    gaps.put(1L, 2L);
    asked(Kind.CLAIM, "c", "bob", "", 40, 50, 503, "unknown-outcome", "");
    holds("carol", "4@t4");
    claimed("carol", 60, 70, "4@t4");
    holds("bob", "3@t3");
    claimed("bob", 80, 90, "3@t3");
    assertThat(judged(Level.REDIS).findings()).isEmpty();
  }

  @Test
  void deadLettersOfAStateThatWasReplacedAreNoFinding() {
    audit.add("{what=dead-letters, detail=2 dead letters}");
    letters.put("stale-epoch", 2);
    assertThat(judged(Level.REDIS).findings()).isNotEmpty();
    history.add(new Loss("failover", 60, 70, Set.of(Level.REDIS), true));
    assertThat(judged(Level.REDIS).findings()).isEmpty();
    letters.put("malformed", 1);
    assertThat(judged(Level.REDIS).findings()).singleElement().asString().contains("malformed");
  }

  @Test
  void aNumberThatIsSmallerThanThatOfWhoWasToldBeforeIsFound() {
    rows.clear();
    redis.clear();
    history.add(new Loss("flush", 0, 1_000, Set.of(Level.REDIS), false));
    holds("dora", "4@t4");
    holds("carol", "3@t3");
    claimed("dora", 40, 50, "4@t4");
    claimed("carol", 60, 70, "3@t3");
    gaps.put(1L, 2L);
    assertThat(judged(Level.REDIS).findings())
        .singleElement()
        .asString()
        .contains("told before 3@t3 of carol was asked for");
  }

  @Test
  void aNumberThatIsFoundLateMayBeSmaller() {
    holds("dora", "5@t5");
    holds("carol", "3@t3");
    claimed("dora", 40, 50, "5@t5");
    claimed("carol", 60, 70, "3@t3");
    gaps.put(3L, 4L);
    assertThat(judged(Level.REDIS).findings()).isEmpty();
  }

  @Test
  void aHolderWhoIsRefusedIsFound() {
    refused("alice", 40, 50, "sold-out");
    assertThat(judged(Level.REDIS).findings()).singleElement().asString().contains("was told sold");
  }

  @Test
  void aClaimThatWasInMySqlOnceAndIsNotIsFound() {
    history.seen("c", Map.of("carol", "3@t3"));
    assertThat(judged(Level.REDIS).findings()).singleElement().asString().contains("left MySQL");
  }

  @Test
  void storesThatDifferAreFound() {
    redis.remove("bob");
    assertThat(judged(Level.REDIS).findings()).singleElement().asString().contains("not the same");
  }

  @Test
  void aNumberThatNobodyExplainsIsFound() {
    holds("carol", "5@t5");
    gaps.put(3L, 3L);
    assertThat(judged(Level.REDIS).findings()).singleElement().asString().contains("missing: [4]");
  }

  @Test
  void aLedgerThatIsNeverDrainedIsFound() {
    undrained = 1;
    assertThat(judged(Level.REDIS).findings()).singleElement().asString().contains("never drained");
  }

  @Test
  void aRequestWithoutAnAnswerInTheEndIsFound() {
    asked(Kind.CLAIM, "c", "carol", "", 40, 50, 503, "loading", "");
    assertThat(judged(Level.REDIS).findings()).singleElement().asString().contains("never had an");
  }

  @Test
  void anAnswerThatNobodyPromisedIsFound() {
    asked(Kind.CLAIM, "c", "carol", "", 40, 50, 500, "internal", "");
    assertThat(judged(Level.REDIS).findings()).singleElement().asString().contains("500 internal");
  }

  @Test
  void anUnknownOutcomeThatIsToldInTheEndIsCountedAndClean() {
    asked(Kind.CLAIM, "c", "carol", "", 40, 50, 0, "", "");
    asked(Kind.CLAIM, "c", "carol", "", 60, 70, 503, "unknown-outcome", "");
    holds("carol", "3@t3");
    claimed("carol", 80, 90, "3@t3");
    Verdict verdict = judged(Level.DATABASE);
    assertThat(verdict.findings()).isEmpty();
    assertThat(verdict.unknown()).isEqualTo(1);
  }

  @Test
  void aRestockThatWasAnsweredAndIsForgottenIsFound() {
    asked(Kind.RESTOCK, "c", "operator", "20", 40, 50, 200, "", "");
    assertThat(judged(Level.REDIS).findings()).singleElement().asString().contains("quantity 20");
  }

  @Test
  void aReservationThatIsGoneIsLost() {
    asked(Kind.RESERVE, "s", "carol", "k", 40, 50, 201, "", "h3");
    assertThat(judged(Level.REDIS).lost()).isEqualTo(1);
  }

  @Test
  void aKeyThatBecomesTwoReservationsIsADuplicate() {
    asked(Kind.RESERVE, "s", "bob", "k", 40, 50, 201, "", "h3");
    reservations.put("h3", new Reserved("bob", "k", "CANCELLED", "t9", Map.of("a", 1L)));
    assertThat(judged(Level.REDIS).duplicates()).isEqualTo(1);
  }

  @Test
  void aPaymentThatIsForgottenIsLost() {
    asked(Kind.CONFIRM, "s", "bob", "h2", 40, 50, 200, "", "CONFIRMED");
    assertThat(judged(Level.REDIS).lost()).isEqualTo(1);
  }

  @Test
  void aRefundThatWasToldIsThere() {
    asked(Kind.UNDO, "s", "alice", "h1", 40, 50, 200, "", "UNDONE");
    assertThat(judged(Level.REDIS).lost()).isEqualTo(1);

    reservations.put("h1", new Reserved("alice", "k", "UNDONE", "t9", Map.of("a", 1L)));
    item = new Item(10, 9, 1, 0);
    assertThat(judged(Level.REDIS).findings()).isEmpty();
  }

  /** Nobody asked for it. */
  @Test
  void aPaymentThatIsUndoneByItselfIsLost() {
    reservations.put("h1", new Reserved("alice", "k", "UNDONE", "t9", Map.of("a", 1L)));
    item = new Item(10, 9, 1, 0);
    assertThat(judged(Level.REDIS).lost()).isEqualTo(1);
  }

  @Test
  void aRefundWithoutAnAnswerMayHaveHappened() {
    asked(Kind.UNDO, "s", "alice", "h1", 40, 50, 0, "", "");
    asked(Kind.UNDO, "s", "alice", "h1", 60, 70, 409, "reservation-held", "");
    assertThat(judged(Level.REDIS).findings()).isEmpty();
    reservations.put("h1", new Reserved("alice", "k", "UNDONE", "t9", Map.of("a", 1L)));
    item = new Item(10, 9, 1, 0);
    assertThat(judged(Level.REDIS).findings()).isEmpty();
  }

  @Test
  void anExtensionThatWasToldIsKept() {
    asked(Kind.EXTEND, "s", "bob", "h2", 40, 50, 200, "", "t9");
    asked(Kind.EXTEND, "s", "bob", "h2", 60, 70, 200, "", "t9");
    assertThat(judged(Level.REDIS).findings()).isEmpty();

    reservations.put("h2", new Reserved("bob", "k", "HELD", "t5", Map.of("a", 1L)));
    assertThat(judged(Level.REDIS).lost()).isEqualTo(1);
  }

  @Test
  void aSecondExtensionIsFound() {
    asked(Kind.EXTEND, "s", "bob", "h2", 40, 50, 200, "", "t9");
    asked(Kind.EXTEND, "s", "bob", "h2", 60, 70, 200, "", "t7");
    assertThat(judged(Level.REDIS).lost()).isEqualTo(1);
  }

  @Test
  void stockThatDoesNotAddUpIsFound() {
    item = new Item(10, 9, 1, 1);
    assertThat(judged(Level.REDIS).findings()).singleElement().asString().contains("add up");
  }

  @Test
  void itemsThatAreNotWhatTheirReservationsAreAreFound() {
    item = new Item(10, 7, 2, 1);
    assertThat(judged(Level.REDIS).findings()).singleElement().asString().contains("1 held");
  }

  @Test
  void whatTheServiceFindsItselfIsFound() {
    audit.add("something");
    assertThat(judged(Level.REDIS).findings()).containsExactly("s: audit: something");
  }

  @Test
  void aUnitOfACampaignThatNoShardHasIsFound() {
    campaign = new CampaignRemains(60, 59);
    asked(Kind.CREATE, "campaign", "operator", "/coupons", 1, 2, 201, "", "");
    assertThat(judged(Level.REDIS).findings())
        .containsExactly("campaign: 60 units, its shards have 59");
  }

  private Verdict judged(Level level) {
    return Judge.judge(
        level,
        level,
        history,
        new Remains(
            Map.of(
                "c",
                new CouponRemains(
                    quantity,
                    onLoss,
                    rows,
                    redis,
                    redeemed,
                    redeemed,
                    revoked,
                    revokedInRedis,
                    returned,
                    gaps,
                    Map.of(),
                    undrained)),
            Map.of("campaign", campaign),
            Map.of("s", new SaleRemains(Map.of("a", item), reservations, audit, letters, 0))));
  }

  private void holds(String user, String claim) {
    rows.put(user, claim);
    redis.put(user, claim);
  }

  private void claimed(String user, long invoked, long answered, String claim) {
    asked(Kind.CLAIM, "c", user, "", invoked, answered, 201, "", claim);
  }

  private void refused(String user, long invoked, long answered, String problem) {
    asked(Kind.CLAIM, "c", user, "", invoked, answered, 409, problem, "");
  }

  private void asked(
      Kind kind,
      String target,
      String user,
      String key,
      long invoked,
      long answered,
      int status,
      String problem,
      String told) {
    history.add(new Operation(kind, target, user, key, invoked, answered, status, problem, told));
  }
}
