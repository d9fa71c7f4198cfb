package io.firstcome.coupon.hot;

import io.firstcome.coupon.hot.Gate.Shut;
import io.firstcome.coupon.model.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.model.ClaimResult.Reason;
import io.firstcome.coupon.model.ClaimResult.Refused;
import io.firstcome.coupon.script.Version;
import io.firstcome.loadtest.NanosPerCall;
import io.firstcome.loadtest.UserIds;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What the gate takes to answer a claim: open, or sold out with so many winners. */
public class GateBenchmark extends NanosPerCall {

  private static final String COUPON = "summer-2026";
  private static final long WINNERS_SEED = 1;
  private static final long LOSERS_SEED = 2;

  private final Gate open = new Gate();
  private final UserIds anybody = new UserIds(1_000_000, WINNERS_SEED);
  private final long nowNanos = System.nanoTime();

  /** How winners are known. */
  public enum Known {
    EXACT,
    FILTERED
  }

  /** A gate that is shut because nothing is left. */
  @State(Scope.Benchmark)
  public static class SoldOut {
    @Param public Known known;

    @Param({"1000", "50000", "1000000"})
    public int winners;

    private final Gate gate = new Gate();
    private UserIds winning;
    private UserIds losing;

    @Setup
    public void sellOut() {
      Winners holders = known == Known.EXACT ? Winners.exact(winners) : Winners.filtered(winners);
      for (int user = 0; user < winners; user++) {
        holders.add(COUPON, UserIds.id(user, WINNERS_SEED), user + 1 + ":1782900000000123");
      }
      long now = System.nanoTime();
      gate.shut(
          new Shut(
              new Version(1, 1),
              Reason.SOLD_OUT,
              null,
              now,
              Instant.now(),
              now + TimeUnit.HOURS.toNanos(1),
              winners,
              0,
              holders,
              claim -> true));
      winning = new UserIds(winners, WINNERS_SEED);
      losing = new UserIds(1_000_000, LOSERS_SEED);
      if (!(gate.answer(losing.next(), now) instanceof Refused)
          || (gate.answer(winning.next(), now) instanceof AlreadyClaimed)
              != (known == Known.EXACT)) {
        throw new IllegalStateException("The gate does not answer as it should");
      }
    }
  }

  /** The part of all others that is not the gate's: making the id. */
  @Benchmark
  public Object id() {
    return anybody.next();
  }

  /** Before anything is sold out; the id is made here too, as the others do. */
  @Benchmark
  public Object open() {
    String userId = anybody.next();
    return open.answer(userId, nowNanos) == null ? userId : null;
  }

  @Benchmark
  public Object loser(SoldOut coupon) {
    return coupon.gate.answer(coupon.losing.next(), nowNanos);
  }

  /** With a filter alone it ends in a question to Redis, which is not counted here. */
  @Benchmark
  public Object winner(SoldOut coupon) {
    return coupon.gate.answer(coupon.winning.next(), nowNanos);
  }
}
