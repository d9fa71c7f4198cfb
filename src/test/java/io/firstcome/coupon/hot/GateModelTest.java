package io.firstcome.coupon.hot;

import io.firstcome.coupon.hot.Gate.Shut;
import io.firstcome.coupon.model.ClaimResult.Reason;
import io.firstcome.coupon.script.Version;
import io.firstcome.work.ModelCheck;
import java.time.Instant;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/** A gate never stays shut by news that is older than what it has received. */
class GateModelTest {

  @Test
  void newsIsTakenInOneOrder() {
    ModelCheck.holds(News.class);
  }

  @Test
  void aGateThatTakesNewsWithoutALockIsFound() {
    ModelCheck.fails(Unlocked.class);
  }

  @Param(name = "version", gen = IntGen.class, conf = "1:3")
  public static class News {

    private final Gate gate = new Gate();

    @Operation(params = "version")
    public void heard(int version) {
      gate.heard(new Version(1, version));
    }

    @Operation(params = "version")
    public void shut(int version) {
      gate.shut(GateModelTest.shutAsOf(version));
    }

    /** Of which version it is shut, 0: open. */
    @Operation
    public long shutAsOf() {
      return asOf(gate.last());
    }

    @Operation
    public void open() {
      gate.open();
    }

    @Operation
    public void retire() {
      gate.retire();
    }
  }

  /** As {@link Gate} is, without its lock. */
  @Param(name = "version", gen = IntGen.class, conf = "1:3")
  public static class Unlocked {

    private volatile Version newest = Version.NONE;
    private volatile Shut shut;

    @Operation(params = "version")
    public void heard(int number) {
      Version version = new Version(1, number);
      if (version.isNewerThan(newest)) {
        newest = version;
        if (shut != null && version.isNewerThan(shut.asOf())) {
          shut = null;
        }
      }
    }

    @Operation(params = "version")
    public void shut(int number) {
      Shut known = GateModelTest.shutAsOf(number);
      if (!newest.isNewerThan(known.asOf())) {
        newest = known.asOf();
        shut = known;
      }
    }

    @Operation
    public long shutAsOf() {
      return asOf(shut);
    }
  }

  private static Shut shutAsOf(int version) {
    return new Shut(
        new Version(1, version),
        Reason.SOLD_OUT,
        null,
        0,
        Instant.EPOCH,
        Long.MAX_VALUE,
        0,
        0,
        Winners.NOBODY,
        claim -> true);
  }

  private static long asOf(Shut shut) {
    return shut == null ? 0 : shut.asOf().version();
  }
}
