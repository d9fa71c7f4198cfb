package io.firstcome.coupon.lottery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.firstcome.InsideTheBuild;
import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.redis.Keys;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.vertx.redis.client.Command;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A draw that is interrupted between its steps, or made twice at once. */
@InsideTheBuild("it stops the draw between its steps; LotteryIT kills processes")
@QuarkusTest
class DrawingTest {

  @RegisterExtension static final Stores stores = new Stores();

  @Inject Drawing drawing;

  private static final class Killed extends RuntimeException {}

  @Test
  void aDrawThatIsInterruptedAnywhereComesToTheSameEnd() {
    String id = closed(30, 7);
    int kills = 0;
    while (true) {
      int beats = kills + 1;
      int[] left = {beats};
      try {
        assertThat(
                drawing.advance(
                    id,
                    () -> {
                      if (--left[0] == 0) {
                        throw new Killed();
                      }
                    }))
            .isTrue();
        break;
      } catch (Killed e) {
        kills++;
      }
    }

    assertThat(kills).isGreaterThanOrEqualTo(3);
    assertRight(id, 30, 7);
    // Again changes nothing.
    assertThat(drawing.advance(id, () -> {})).isTrue();
    assertRight(id, 30, 7);
  }

  @Test
  void replicasThatDrawAtOnceDrawOnce() {
    String id = closed(200, 50);

    while (stores.sql("SELECT 1 FROM draw WHERE coupon_id = ? AND published", id).size() == 0) {
      List<CompletableFuture<Void>> replicas =
          IntStream.range(0, 3)
              .mapToObj(i -> CompletableFuture.runAsync(() -> drawing.advance(id, () -> {})))
              .toList();
      // Whoever comes second finds another state, or rows that are there.
      replicas.forEach(replica -> replica.exceptionally(e -> null).join());
    }

    assertRight(id, 200, 50);
  }

  @Test
  void nothingIsDrawnBeforeTheClose() {
    String id = LotteryOverHttpTest.lottery(1, Map.of());
    Api.claim(id, "alice").statusCode(202);

    assertThat(drawing.advance(id, () -> {})).isFalse();

    LotteryOverHttpTest.draw(id).body("state", org.hamcrest.Matchers.equalTo("ENTERING"));
    Api.claim(id, "bob").statusCode(202);
  }

  @Test
  void whatDoesNotBelongToItsStateIsNotWritten() {
    String id = closed(3, 1);
    assertThat(drawing.advance(id, () -> {})).isTrue();
    String winner = winners(id).get(0);
    // A replica that slept since it listed the entries.
    assertThatThrownBy(
            () ->
                stores.sql(
                    "INSERT INTO claim (coupon_id, sequence, user_id, unit, issued_at)"
                        + " VALUES (?, 1, 'other', 1, UTC_TIMESTAMP(6))",
                    id))
        .hasMessageContaining("Duplicate");
    assertThat(drawing.publicValue(id, 1, null, "late", tx -> {}).value()).isNull();
    assertThat(winners(id)).containsExactly(winner);
  }

  /** A lottery that is over and that the worker leaves alone. */
  private static String closed(int entries, int units) {
    String id = LotteryOverHttpTest.lottery(units, Map.of());
    stores.redis(
        Command.SET, Keys.lock("lock:" + DrawWorker.LOCK + id), "the test:1", "PX", 120_000);
    stores.claim(id + "~00of01", IntStream.range(0, entries).mapToObj(i -> "user-" + i).toList());
    Api.change(id, "close").statusCode(200);
    return id;
  }

  private static List<String> winners(String id) {
    List<String> winners = new ArrayList<>();
    stores
        .sql("SELECT user_id FROM claim WHERE coupon_id = ? ORDER BY sequence", id)
        .forEach(row -> winners.add(row.getString(0)));
    return winners;
  }

  /** By the published list alone. */
  private static void assertRight(String id, int entries, int units) {
    JsonPath drawn = LotteryOverHttpTest.drawn(id);
    assertThat(drawn.getInt("entries")).isEqualTo(entries);
    DrawRules.Ranks ranks = new DrawRules.Ranks(drawn.getString("seed"), id);
    MerkleTree tree = new MerkleTree();
    record Ranked(byte[] rank, Integer place) {}
    List<Ranked> ranked = new ArrayList<>();
    for (Map<String, Object> entry : drawn.<Map<String, Object>>getList("page")) {
      String text = entry.get("entry").toString();
      tree.add(DrawRules.leaf((Integer) entry.get("number"), text, 1));
      ranked.add(new Ranked(ranks.of(text, 1), (Integer) entry.get("place")));
    }
    ranked.sort(Comparator.comparing(Ranked::rank, Arrays::compareUnsigned));
    List<Integer> places = ranked.stream().limit(units).map(Ranked::place).toList();
    assertThat(places).isEqualTo(IntStream.rangeClosed(1, units).boxed().toList());
    assertThat(ranked.stream().skip(units).map(Ranked::place)).containsOnlyNulls();
    assertThat(drawn.getString("root")).isEqualTo(tree.root());
    assertThat(winners(id)).hasSize(units).doesNotHaveDuplicates();
    Api.assertClean("coupons/" + id);
  }
}
