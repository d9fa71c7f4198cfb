package io.firstcome.coupon.lottery;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.firstcome.http.input.Commitment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code java docs/lottery/VerifyDraw.java} says of draws. */
class VerifyDrawTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SECRET = "5".repeat(64);
  private static final String SALT_KEY = "7".repeat(64);
  private static final String VALUE = "a public value";

  @TempDir Path folder;

  /** An outcome of the verifier. */
  private record Answer(int status, String text) {}

  @Test
  void aRealDrawIsRight() throws Exception {
    ObjectNode draw = draw(20, 6);

    Answer answer = verify(draw, draw, receipt(7));

    assertThat(answer.text()).startsWith("YES: ");
    assertThat(answer.status()).isZero();
  }

  @Test
  void aDrawThatIsNotOverCannotBeVerified() throws Exception {
    ObjectNode draw = draw(20, 6);
    draw.put("state", "FROZEN");

    assertThat(verify(draw, draw, null)).extracting(Answer::status).isEqualTo(2);
  }

  static Stream<Arguments> forgeries() {
    return Stream.of(
        forgery("an entry is added", draw -> add(draw, entry(99))),
        forgery("an entry is dropped", draw -> drop(draw)),
        forgery("an entry is changed", draw -> at(draw, 3).put("entry", entry(99))),
        forgery(
            "the seed is swapped",
            draw -> {
              draw.put("secret", "6".repeat(64));
              redraw(draw);
            }),
        forgery("the cut-off is moved", draw -> draw.put("cutOff", "f".repeat(64))),
        forgery("a winner is swapped", VerifyDrawTest::swap),
        forgery(
            "the root is computed again",
            draw -> {
              add(draw, entry(99));
              redraw(draw);
            }),
        forgery("the weights are changed", draw -> at(draw, 3).put("tickets", 100)),
        // More than what was asked for.
        forgery(
            "the commitment is made afterwards",
            draw -> {
              draw.put("secret", "6".repeat(64));
              draw.put("commitment", Commitment.to("6".repeat(64)));
              redraw(draw);
            }),
        forgery("an entry is there twice", draw -> add(draw, at(draw, 3).get("entry").asText())),
        forgery("fewer win than should", VerifyDrawTest::oneLess));
  }

  private static Arguments forgery(String what, Consumer<ObjectNode> forge) {
    return Arguments.of(what, forge);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("forgeries")
  void aForgedDrawIsNot(String what, Consumer<ObjectNode> forge) throws Exception {
    ObjectNode real = draw(20, 6);
    ObjectNode forged = real.deepCopy();
    forge.accept(forged);
    assertThat(forged).isNotEqualTo(real);

    Answer answer = verify(forged, real, null);

    assertThat(answer.text()).startsWith("NO: ");
    assertThat(answer.status()).isEqualTo(1);
  }

  /** Nobody but its source knows the value, so it is printed with its name. */
  @Test
  void thePublicValueIsShownToBeLookedUp() throws Exception {
    ObjectNode draw = draw(20, 6);

    assertThat(verify(draw, draw, null).text()).contains("A value").contains(VALUE);
  }

  @Test
  void anEntrantWhoWasLeftOutShowsIt() throws Exception {
    ObjectNode draw = draw(20, 6);

    Answer answer = verify(draw, draw, receipt(21));

    assertThat(answer.text()).startsWith("NO: ").contains("is not in the list");
  }

  @Test
  void anEntrantWhoseTicketsWereChangedShowsIt() throws Exception {
    ObjectNode draw = draw(20, 6);
    ObjectNode receipt = receipt(7);
    receipt.put("tickets", 50);

    assertThat(verify(draw, draw, receipt).text()).startsWith("NO: ").contains("other tickets");
  }

  /**
   * Runs it as a user does, on two pages.
   *
   * @param published what was published before the draw
   */
  private Answer verify(ObjectNode draw, ObjectNode published, ObjectNode receipt)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "docs/lottery/VerifyDraw.java",
                page(draw, 0, 9),
                page(draw, 9, draw.withArray("page").size()),
                "--commitment",
                published.get("commitment").asText(),
                "--root",
                published.get("root").asText()));
    if (receipt != null) {
      Path file = folder.resolve("receipt.json");
      Files.writeString(file, JSON.writeValueAsString(receipt));
      command.add("--receipt");
      command.add(file.toString());
    }
    Process java = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Answer(java.waitFor(), text);
  }

  private String page(ObjectNode draw, int from, int to) throws IOException {
    ObjectNode page = draw.deepCopy();
    ArrayNode entries = page.putArray("page");
    for (int i = from; i < to; i++) {
      entries.add(draw.withArray("page").get(i));
    }
    Path file = folder.resolve("page-" + from + ".json");
    Files.writeString(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(page));
    return file.toString();
  }

  private static String entry(int user) {
    String id = "user \"" + user + "\"";
    return DrawRules.entry("summer", id, DrawRules.salt(SALT_KEY, id));
  }

  private static ObjectNode receipt(int user) {
    String id = "user \"" + user + "\"";
    return JSON.createObjectNode()
        .put("userId", id)
        .put("number", user)
        .put("tickets", tickets(user))
        .put("salt", DrawRules.salt(SALT_KEY, id))
        .put("entry", entry(user));
  }

  private static int tickets(int user) {
    return 1 + user % 3;
  }

  private static ObjectNode draw(int entries, int quantity) {
    ObjectNode draw =
        JSON.createObjectNode()
            .put("couponId", "summer")
            .put("number", 1)
            .put("state", "DRAWN")
            .put("commitment", Commitment.to(SECRET))
            .put("publicName", "A value")
            .put("fallback", "CANCEL")
            .put("publicValue", VALUE)
            .put("secret", SECRET)
            .put("quantity", quantity);
    ArrayNode page = draw.putArray("page");
    for (int user = 1; user <= entries; user++) {
      page.addObject().put("number", user).put("entry", entry(user)).put("tickets", tickets(user));
    }
    redraw(draw);
    return draw;
  }

  /** All that follows from secret, public value and entries. */
  private static void redraw(ObjectNode draw) {
    ArrayNode page = draw.withArray("page");
    MerkleTree tree = new MerkleTree();
    String seed = DrawRules.seed(draw.get("secret").asText(), draw.get("publicValue").asText());
    DrawRules.Ranks ranks = new DrawRules.Ranks(seed, "summer");
    record Ranked(byte[] rank, ObjectNode entry) {}
    List<Ranked> ranked = new ArrayList<>();
    for (int i = 0; i < page.size(); i++) {
      ObjectNode entry = at(draw, i);
      entry.remove("place");
      String text = entry.get("entry").asText();
      tree.add(DrawRules.leaf(entry.get("number").asLong(), text, entry.get("tickets").asInt()));
      ranked.add(new Ranked(ranks.of(text, entry.get("tickets").asInt()), entry));
    }
    ranked.sort(Comparator.comparing(Ranked::rank, Arrays::compareUnsigned));
    int winners = Math.min(draw.get("quantity").asInt(), page.size());
    for (int place = 1; place <= winners; place++) {
      ranked.get(place - 1).entry().put("place", place);
    }
    draw.put("seed", seed)
        .put("root", tree.root())
        .put("entries", page.size())
        .put("winners", winners)
        .put("cutOff", HexFormat.of().formatHex(ranked.get(winners - 1).rank()));
  }

  private static ObjectNode at(ObjectNode draw, int index) {
    return (ObjectNode) draw.withArray("page").get(index);
  }

  private static void add(ObjectNode draw, String entry) {
    ArrayNode page = draw.withArray("page");
    page.addObject().put("number", page.size() + 1).put("entry", entry).put("tickets", 1);
    draw.put("entries", page.size());
  }

  private static void drop(ObjectNode draw) {
    ArrayNode page = draw.withArray("page");
    page.remove(3);
    draw.put("entries", page.size());
  }

  private static void swap(ObjectNode draw) {
    ObjectNode winner = null;
    ObjectNode loser = null;
    for (int i = 0; i < draw.withArray("page").size(); i++) {
      if (at(draw, i).has("place")) {
        winner = at(draw, i);
      } else {
        loser = at(draw, i);
      }
    }
    loser.set("place", winner.remove("place"));
  }

  private static void oneLess(ObjectNode draw) {
    draw.put("winners", draw.get("winners").asInt() - 1);
  }
}
