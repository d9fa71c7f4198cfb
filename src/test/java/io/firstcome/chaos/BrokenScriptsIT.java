package io.firstcome.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.chaos.BrokenScripts.Change;
import io.firstcome.chaos.Fault.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The judge can fail: a service whose scripts are wrong is found out within seconds. */
@Tag("chaos")
class BrokenScriptsIT {
  private static final Duration SETTLING = Duration.ofSeconds(8);

  /** What is wrong, and a word of what the judge must say. */
  enum Broken {
    ISSUES_ONE_TOO_MANY(
        "units were acknowledged, of",
        new Change("claim.lua", "elseif (issued[^\\n]*) >= quantity", "elseif issued > quantity")),
    FORGETS_CLAIMANTS(
        "not the same",
        new Change("claim.lua", "call\\('HSET', KEYS\\[2\\], unpack\\(winners\\)\\)", ""),
        new Change("claim.lua", "s\\.holders \\+ size / 2", "s.holders")),
    WRITES_NO_LEDGER_ENTRY(
        "was acknowledged and is gone",
        // Of what is larger than the window, no more is issued without the ledger.
        "campaign",
        new Change(
            "claim.lua", "redis\\.pcall\\('XADD', KEYS\\[4\\].*?'users', users\\)", "'0-0'")),
    GIVES_A_NUMBER_TWICE(
        "was given 2 times",
        new Change(
            "claim.lua",
            "sequence, issued = sequence \\+ 1, issued \\+ 1",
            "sequence, issued = sequence + (issued % 9 == 8 and 0 or 1), issued + 1")),
    BELIEVES_ANY_SERVER(
        "was given 2 times",
        new Change(
            "coupon-state.lua",
            "if m\\[15\\] ~= server or s\\.sequence < tonumber\\(seen\\) then",
            "if m[15] == '' then")),
    GRANTS_STOCK_WITHOUT_TAKING_IT(
        "audit",
        new Change(
            "stock-reserve.lua",
            "item\\.available, item\\.held = item\\.available - given, item\\.held \\+ given",
            "item.held = item.held + given"));

    private final String finding;
    private final String soldOut;
    private final List<Change> changes;

    Broken(String finding, Change... changes) {
      this(finding, "small", changes);
    }

    /**
     * What is broken.
     *
     * @param soldOut what must be before the failover, so that it has something to break
     */
    Broken(String finding, String soldOut, Change... changes) {
      this.finding = finding;
      this.soldOut = soldOut;
      this.changes = List.of(changes);
    }

    private boolean isIn(Verdict verdict) {
      return verdict.findings().stream().anyMatch(text -> text.contains(finding));
    }
  }

  @ParameterizedTest
  @EnumSource(Broken.class)
  void aServiceThatBreaksAPromiseIsFoundOut(Broken broken) throws Exception {
    Path folder = ChaosIT.FOLDER.resolve("broken-" + broken.ordinal());
    Path jar = BrokenScripts.packaged(ChaosIT.jar(), folder, broken.changes);

    Summary summary = run(folder, jar, SETTLING, broken.soldOut, broken::isIn);

    assertThat(broken.isIn(summary.verdict())).as(summary.table()).isTrue();
  }

  @Test
  void aServiceThatIsNotBrokenIsNotFoundOut() throws Exception {
    Summary summary =
        run(
            ChaosIT.FOLDER.resolve("unbroken"),
            ChaosIT.jar(),
            ChaosRun.SETTLE_TIMEOUT,
            "small",
            verdict -> true);
    assertThat(summary.verdict().findings()).as(summary.table()).isEmpty();
  }

  private static Summary run(
      Path folder, Path jar, Duration settling, String soldOut, Predicate<Verdict> enough)
      throws Exception {
    Fault stale = new Fault(0, Kind.FAILOVER_TO_A_STALE, 2_000, 0);
    return new ChaosRun(Plan.calm(Level.REDIS, List.of(stale)), folder, jar, 1, settling)
        .run(o -> o.problem().equals("sold-out") && o.target().startsWith(soldOut), enough);
  }
}
