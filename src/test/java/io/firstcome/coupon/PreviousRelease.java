package io.firstcome.coupon;

import io.vertx.redis.client.Command;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the release before this one has left in Redis and in MySQL, as it wrote it: dumped from a
 * run of that release whose ledgers were not drained to the end. Only what is held is held until
 * 2199.
 */
public final class PreviousRelease {

  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

  private PreviousRelease() {}

  /**
   * Brings a coupon or a sale into the stores, under a name that no other test has.
   *
   * @param name of the fixture
   * @param tag of its keys, the name within
   * @return its id
   */
  public static String load(Stores stores, String name, String tag) {
    String id = "p-" + UUID.randomUUID();
    // In both stores before anybody drains it.
    try (Stores.Hold hold = stores.holdDrain(tag.replace(name, id))) {
      lines("data.redis")
          .filter(line -> line.contains("{" + tag + "}"))
          .forEach(line -> redis(stores, line.replace(name, id)));
      lines("data.sql")
          .filter(line -> line.contains("'" + name + "'"))
          .forEach(line -> stores.sql(line.replace(name, id)));
    }
    return id;
  }

  /** The script that decides claims in that release. */
  static String claimScript() {
    return text("claim.lua");
  }

  private static void redis(Stores stores, String line) {
    List<String> words = WORD.matcher(line).results().map(PreviousRelease::word).toList();
    Object[] args = words.subList(1, words.size()).toArray();
    stores.redis(Command.create(words.get(0)), args);
  }

  private static String word(MatchResult word) {
    return word.group(1) == null ? word.group(2) : word.group(1);
  }

  private static Stream<String> lines(String file) {
    return Arrays.stream(text(file).split("\n"));
  }

  private static String text(String file) {
    try (InputStream in =
        PreviousRelease.class.getResourceAsStream("/io/firstcome/previous-release/" + file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
