package io.firstcome.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.chaos.BrokenScripts.Change;
import io.firstcome.chaos.Fault.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The judge can fail: a service whose scripts are wrong is found out within seconds. */
@Tag("chaos")
class BrokenScriptsIT {
  private static final Duration SETTLING = Duration.ofSeconds(8);

  private static final Fault STALE = new Fault(0, Kind.FAILOVER_TO_A_STALE, 2_000, 0);

  /** What is wrong, and what the judge must say of which coupon or sale. */
  enum Broken {
    ISSUES_ONE_TOO_MANY(
        "small",
        "units were acknowledged, of",
        soldOut("small"),
        new Change("claim.lua", "elseif (issued[^\\n]*) >= quantity", "elseif issued > quantity")),
    ISSUES_TOO_MANY_OF_SEVERAL(
        "several",
        "units were acknowledged, of",
        soldOut("several"),
        new Change("claim-units.lua", "elseif more > left then result = '-11'", "")),
    GRANTS_STOCK_WITHOUT_TAKING_IT(
        Crowd.SALE,
        "audit",
        told(Operation.Kind.CONFIRM, Crowd.SALE),
        new Change(
            "stock-reserve.lua",
            "item\\.available, item\\.held = item\\.available - given, item\\.held \\+ given",
            "item.held = item.held + given")),
    FORGETS_CLAIMANTS(
        "large",
        "not the same",
        told(Operation.Kind.CLAIM, "large"),
        new Change("claim.lua", "call\\('HSET', KEYS\\[2\\], unpack\\(winners\\)\\)", ""),
        new Change("claim.lua", "s\\.holders \\+ size / 2", "s.holders")),
    REVOKES_IN_MYSQL_ALONE(
        "several",
        "other revocations",
        told(Operation.Kind.REVOKE, "several"),
        new Change(
            "claim-change.lua",
            "redis\\.call\\('HSET', KEYS\\[2\\], user, claim_text\\(units\\)\\)",
            "if verb ~= 'revoke' then redis.call('HSET', KEYS[2], user, claim_text(units)) end")),
    WRITES_NO_LEDGER_ENTRY(
        "",
        "was acknowledged and is gone",
        told(Operation.Kind.CLAIM, ""),
        new Change(
            "claim.lua", "redis\\.pcall\\('XADD', KEYS\\[4\\].*?'users', users\\)", "'0-0'")),
    /** In the answer and in the ledger. Redis itself must not be behind: that is noticed. */
    GIVES_A_NUMBER_TWICE(
        "",
        "was given 2 times",
        told(Operation.Kind.CLAIM, "large").and(o -> Judge.sequence(o.told()) > 20),
        new Change(
            "claim.lua",
            "local first = format\\('%d', s\\.sequence \\+ 1\\)",
            "local first = format('%d', s.sequence + (s.issued % 9 == 8 and 0 or 1))")),
    REDEEMS_AGAIN_WHAT_WAS_TAKEN_BACK(
        "",
        "the undone redemption",
        told(Operation.Kind.UNREDEEM, ""),
        new Change(
            "claim-change.lua",
            "if same and state == 'unredeemed' then return redis\\.status_reply\\('UNDONE'\\) end",
            "")),
    BELIEVES_ANY_SERVER(
        "",
        "was given 2 times",
        // So that the failover has something to break.
        soldOut("small"),
        new Change(
            "coupon-state.lua",
            "if m\\[15\\] ~= server or s\\.sequence < tonumber\\(seen\\) then",
            "if m[15] == '' then")),
    REDEEMS_FOR_TWO_ORDERS(
        "",
        "was redeemed 2 times",
        told(Operation.Kind.REDEEM, "").and(redemption -> redemption.key().equals("o-2")),
        new Change(
            "claim-change.lua",
            "local open = state == 'issued'",
            "local open = state == 'redeemed' or state == 'issued'"));

    private final String target;
    private final String finding;
    private final Predicate<Operation> before;
    private final List<Change> changes;

    /**
     * What is broken.
     *
     * @param target what the name of the coupon or sale begins with that it is found in
     * @param before an answer without which there is nothing to find
     */
    Broken(String target, String finding, Predicate<Operation> before, Change... changes) {
      this.target = target;
      this.finding = finding;
      this.before = before;
      this.changes = List.of(changes);
    }

    private boolean isIn(Verdict verdict) {
      return verdict.findings().stream()
          .anyMatch(text -> text.startsWith(target) && text.contains(finding));
    }
  }

  /**
   * Copies of the service, each with what is broken in it. Starting one takes longer than finding
   * what is wrong, so a copy has several faults if none of them hides another: they are of other
   * scripts, or found in other coupons.
   */
  enum Copy {
    COUNTS_WRONG(
        Broken.ISSUES_ONE_TOO_MANY,
        Broken.ISSUES_TOO_MANY_OF_SEVERAL,
        Broken.GRANTS_STOCK_WITHOUT_TAKING_IT,
        Broken.REDEEMS_AGAIN_WHAT_WAS_TAKEN_BACK),
    FORGETS(Broken.FORGETS_CLAIMANTS, Broken.REVOKES_IN_MYSQL_ALONE),
    WRITES_NO_LEDGER(Broken.WRITES_NO_LEDGER_ENTRY),
    REPEATS(Broken.GIVES_A_NUMBER_TWICE),
    BELIEVES(Broken.BELIEVES_ANY_SERVER, Broken.REDEEMS_FOR_TWO_ORDERS);

    private final Set<Broken> broken;

    Copy(Broken... broken) {
      this.broken = EnumSet.copyOf(List.of(broken));
    }

    /** Only one of them is found by what goes wrong besides. */
    private List<Fault> faults() {
      return broken.contains(Broken.BELIEVES_ANY_SERVER) ? List.of(STALE) : List.of();
    }

    private List<Change> changes() {
      return broken.stream().flatMap(one -> one.changes.stream()).toList();
    }

    private boolean isIn(Verdict verdict) {
      return broken.stream().allMatch(one -> one.isIn(verdict));
    }
  }

  @ParameterizedTest
  @EnumSource(Copy.class)
  void aServiceThatBreaksAPromiseIsFoundOut(Copy copy) throws Exception {
    Path folder = ChaosIT.FOLDER.resolve("broken-" + copy.ordinal());
    Path jar = BrokenScripts.packaged(ChaosIT.jar(), folder, copy.changes());

    Summary summary = run(folder, jar, SETTLING, copy.faults(), copy.broken, copy::isIn);

    for (Broken broken : copy.broken) {
      assertThat(broken.isIn(summary.verdict())).as("%s%n%s", broken, summary.table()).isTrue();
    }
  }

  @Test
  void everyFaultIsInACopy() {
    assertThat(Stream.of(Copy.values()).flatMap(copy -> copy.broken.stream()))
        .containsExactlyInAnyOrder(Broken.values());
  }

  /** Nor is anything found that is looked for in a broken one before all has its answer. */
  @Test
  void aServiceThatIsNotBrokenIsNotFoundOut() throws Exception {
    List<Verdict> verdicts = new ArrayList<>();
    Summary summary =
        run(
            ChaosIT.FOLDER.resolve("unbroken"),
            ChaosIT.jar(),
            ChaosRun.SETTLE_TIMEOUT,
            List.of(STALE),
            EnumSet.allOf(Broken.class),
            verdict -> {
              verdicts.add(verdict);
              return verdicts.size() > 1;
            });
    assertThat(summary.verdict().findings()).as(summary.table()).isEmpty();
    assertThat(Broken.values()).noneMatch(broken -> broken.isIn(verdicts.get(0)));
  }

  private static Summary run(
      Path folder,
      Path jar,
      Duration settling,
      List<Fault> faults,
      Set<Broken> broken,
      Predicate<Verdict> found)
      throws Exception {
    List<Predicate<Operation>> before = broken.stream().map(one -> one.before).toList();
    return new ChaosRun(Plan.calm(Level.REDIS, faults), folder, jar, 1, settling)
        .run(before, found);
  }

  private static Predicate<Operation> soldOut(String coupon) {
    return o -> o.problem().equals("sold-out") && o.target().startsWith(coupon);
  }

  private static Predicate<Operation> told(Operation.Kind kind, String target) {
    return o -> o.kind() == kind && !o.told().isEmpty() && o.target().startsWith(target);
  }
}
