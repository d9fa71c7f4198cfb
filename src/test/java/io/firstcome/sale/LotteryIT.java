package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A lottery at four replicas, which are killed while they draw. */
@Timeout(240)
class LotteryIT {

  private static final int REPLICAS = 4;
  private static final int USERS = 2_000;
  private static final int UNITS = 300;
  private static final Duration IN_TIME = Duration.ofSeconds(60);

  /** Small steps, so that there are many at which a replica can die. */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "firstcome.lottery.chunk", "10",
          "firstcome.lottery.sweep", "50ms",
          "firstcome.lottery.lease", "500ms");

  private static Site site;

  @TempDir Path folder;

  @BeforeAll
  static void open() {
    site = new Site(LotteryIT.class);
  }

  @AfterAll
  static void close() {
    site.close();
  }

  @Test
  void theDrawSurvivesThatEveryReplicaIsKilledAtEveryStep() throws Exception {
    run();
    String id =
        site.coupon(
            UNITS,
            ",\"policy\":\"LOTTERY\",\"acknowledge\":\"DATABASE\",\"lottery\":{\"publicValue\":"
                + "{\"name\":\"A value\",\"fallback\":\"CANCEL\"}}");
    JsonNode before = draw(id);
    Map<String, JsonNode> receipts = enter(id);

    assertThat(site.gateway().operate(1, "POST", "/coupons/" + id + "/close", "").status())
        .isEqualTo(200);
    killAll("SELECT COUNT(*) >= 500 FROM draw_entry WHERE coupon_id = ?", id);
    awaitSql("SELECT COUNT(*) = 1 FROM draw WHERE coupon_id = ? AND state = 'frozen'", id);
    JsonNode frozen = draw(id);
    String value = "/coupons/" + id + "/draw/public-value";
    assertThat(site.gateway().operate(2, "POST", value, "{\"value\":\"7\"}").status())
        .isEqualTo(200);
    killAll("SELECT COUNT(*) >= 100 FROM draw_winner WHERE coupon_id = ?", id);
    killAll("SELECT COUNT(*) = 1 FROM draw WHERE coupon_id = ? AND state = 'drawn'", id);
    awaitSql("SELECT COUNT(*) = 1 FROM draw WHERE coupon_id = ? AND published", id);

    JsonNode drawn = draw(id);
    assertThat(drawn.get("winners").asInt()).isEqualTo(UNITS);
    assertThat(drawn.get("entries").asInt()).isEqualTo(USERS);
    assertThat(drawn.get("root")).isEqualTo(frozen.get("root"));
    verify(drawn, before, frozen, receipts);
    Audit.stores(site.servers(), id, UNITS);
    assertThat(
            new TreeSet<>(
                site.servers().claims(id).values().stream().map(Holding::sequence).toList()))
        .isEqualTo(new TreeSet<>(LongStream.rangeClosed(1, UNITS).boxed().toList()));
  }

  private static void run() {
    List<Replica> fresh = new ArrayList<>();
    site.replicas().removeIf(replica -> !replica.isRunning());
    while (site.replicas().size() < REPLICAS) {
      fresh.add(site.launch("replica-" + System.nanoTime(), SETTINGS));
    }
    fresh.forEach(Replica::awaitListening);
  }

  /** Kills all replicas once MySQL says so, and starts others. */
  private static void killAll(String when, String id) {
    awaitSql(when, id);
    site.replicas().forEach(Replica::kill);
    run();
  }

  private static void awaitSql(String condition, String id) {
    await(condition)
        .atMost(IN_TIME)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> site.servers().number(condition, id) == 1);
  }

  /** Everybody enters five times at once, at all replicas. */
  private static Map<String, JsonNode> enter(String id) throws IOException {
    Gateway gateway = site.gateway();
    Map<String, JsonNode> receipts = new HashMap<>();
    for (int from = 0; from < USERS; from += 100) {
      Map<String, List<CompletableFuture<Answer>>> asked = new HashMap<>();
      for (int user = from; user < from + 100; user++) {
        String name = "u" + user;
        int first = user;
        asked.put(
            name,
            IntStream.range(0, user % 10 == 0 ? 5 : 1)
                .mapToObj(i -> gateway.claim((first + i) % REPLICAS, id, name))
                .toList());
      }
      for (Map.Entry<String, List<CompletableFuture<Answer>>> one : asked.entrySet()) {
        for (CompletableFuture<Answer> answer : one.getValue()) {
          assertThat(answer.join().status()).as("%s", answer.join()).isEqualTo(202);
          JsonNode receipt = new ObjectMapper().readTree(answer.join().body());
          JsonNode other = receipts.put(one.getKey(), receipt);
          assertThat(other == null || other.equals(receipt)).isTrue();
        }
      }
    }
    assertThat(receipts.values().stream().map(receipt -> receipt.get("number").asLong()).sorted())
        .isEqualTo(LongStream.rangeClosed(1, USERS).boxed().toList());
    return receipts;
  }

  private static JsonNode draw(String id) throws IOException {
    return new ObjectMapper()
        .readTree(site.gateway().read(3, "/api/v1/coupons/" + id + "/draw?limit=5000").body());
  }

  private void verify(
      JsonNode drawn, JsonNode before, JsonNode frozen, Map<String, JsonNode> receipts)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "docs/lottery/VerifyDraw.java",
                write("draw", drawn),
                "--commitment",
                before.get("commitment").asText(),
                "--root",
                frozen.get("root").asText()));
    for (int user = 0; user < USERS; user += 50) {
      command.add("--receipt");
      command.add(write("u" + user, receipts.get("u" + user)));
    }
    Process java = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(java.waitFor()).as(text).isZero();
    assertThat(text).startsWith("YES: ");
  }

  private String write(String name, JsonNode json) throws IOException {
    Path file = folder.resolve(name + ".json");
    Files.writeString(file, json.toString());
    return file.toString();
  }
}
