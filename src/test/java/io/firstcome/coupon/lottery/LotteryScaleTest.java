package io.firstcome.coupon.lottery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.firstcome.InsideTheBuild;
import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.quarkus.test.junit.QuarkusTest;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A draw of many entries; {@code -Dlottery.entries=1000000 -Dlottery.units=100000} measures what
 * docs/performance.md says.
 */
@InsideTheBuild("it measures the memory of the replica from within")
@QuarkusTest
class LotteryScaleTest {

  private static final int ENTRIES = Integer.getInteger("lottery.entries", 20_000);
  private static final int UNITS = Integer.getInteger("lottery.units", 2_000);
  private static final int ROWS = 20_000;

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void theMemoryOfADrawIsBounded() {
    String id = LotteryOverHttpTest.lottery(UNITS, Map.of());
    fill(id);
    System.gc();
    long before = used();
    AtomicLong most = new AtomicLong();
    long start = System.nanoTime();

    Api.change(id, "close").statusCode(200);
    long[] frozen = {0};
    await()
        .atMost(Duration.ofMinutes(30))
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> {
              most.accumulateAndGet(used(), Math::max);
              String state = LotteryOverHttpTest.draw(id).extract().path("state");
              if (!state.equals("ENTERING") && !state.equals("FREEZING") && frozen[0] == 0) {
                frozen[0] = System.nanoTime();
              }
              return state.equals("DRAWN");
            });
    long drawn = System.nanoTime();
    LotteryOverHttpTest.drawn(id);
    long published = System.nanoTime();

    System.out.printf(
        "lottery of %d entries and %d winners: frozen after %.1f s, drawn after %.1f s, in Redis"
            + " after %.1f s; heap in use %d MiB before, at most %d MiB%n",
        ENTRIES,
        UNITS,
        (frozen[0] - start) / 1e9,
        (drawn - start) / 1e9,
        (published - start) / 1e9,
        before >> 20,
        most.get() >> 20);
    Api.read(id).body("issued", org.hamcrest.Matchers.equalTo(UNITS));
    assertThat(
            stores
                .sql("SELECT COUNT(*) FROM draw_entry WHERE coupon_id = ?", id)
                .iterator()
                .next()
                .getLong(0))
        .isEqualTo(ENTRIES);
  }

  /** Entries as the ledger would have written them. */
  private static void fill(String id) {
    for (int from = 0; from < ENTRIES; from += ROWS) {
      stores.sql(
          "INSERT INTO claim (coupon_id, sequence, user_id, unit, issued_at) SELECT ?, n + 1,"
              + " CONCAT('user-', n), 1, UTC_TIMESTAMP(6) FROM (SELECT a.d + 10 * b.d + 100 * c.d +"
              + " 1000 * e.d + 10000 * f.d + ? AS n FROM "
              + digits("a")
              + ", "
              + digits("b")
              + ", "
              + digits("c")
              + ", "
              + digits("e")
              + ", "
              + "(SELECT 0 d UNION ALL SELECT 1) f) numbers WHERE n < ?",
          id + "~00of01",
          from,
          Math.min(ENTRIES, from + ROWS));
    }
  }

  private static String digits(String name) {
    return "(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4"
        + " UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL"
        + " SELECT 9) "
        + name;
  }

  private static long used() {
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
