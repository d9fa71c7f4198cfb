package io.firstcome.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.firstcome.redis.RedisException;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LedgerScriptsTest {

  private static final RealRedis REDIS = RealRedis.shared();

  private final String tag = RealRedis.freshTag();
  private final String ledger = Keys.ledger(tag);
  private final String lease = Keys.drainLease(tag);
  private final String dead = Keys.deadLetters(tag);

  @Test
  void readingTakesTheLeaseAndReturnsTheOldestInOrder() {
    String first = append("a");
    String second = append("b");
    append("c");

    Response reply = read("me", 2);

    assertThat(reply.get(0).toLong()).isGreaterThan(1_600_000_000_000_000L);
    assertThat(reply.get(1).toLong()).isEqualTo(3);
    assertThat(reply.get(2).toLong()).isZero();
    assertThat(reply.get(3)).extracting(e -> e.get(0).toString()).containsExactly(first, second);
    assertThat(reply.get(3).get(0).get(1))
        .extracting(Response::toString)
        .containsExactly("name", "a");
    assertThat(get(lease)).isEqualTo("me");
    assertThat(REDIS.send(Command.PTTL, lease).toLong()).isBetween(1L, 5_000L);
  }

  @Test
  void readingRenewsTheLease() {
    REDIS.send(Command.SET, lease, "me", "PX", 100);

    read("me", 1);

    assertThat(REDIS.send(Command.PTTL, lease).toLong()).isGreaterThan(1_000);
  }

  @Test
  void readingOnReturnsWhatComesAfterAnEntryAndRenewsTheLease() {
    String first = append("a");
    String second = append("b");
    append("c");
    REDIS.send(Command.SET, lease, "me", "PX", 100);

    Response reply = read("me", 1, "(" + first);

    assertThat(reply.get(1).toLong()).isEqualTo(3);
    assertThat(reply.get(3)).extracting(e -> e.get(0).toString()).containsExactly(second);
    assertThat(REDIS.send(Command.PTTL, lease).toLong()).isGreaterThan(1_000);
  }

  /** Else what was applied before, under the lost lease, would be settled. */
  @Test
  void readingOnDoesNotTakeALeaseThatEnded() {
    String first = append("a");
    append("b");
    Map<String, String> before = REDIS.dump(tag);

    Response reply = read("me", 1, "(" + first);

    assertThat(reply.size()).isEqualTo(2);
    assertThat(reply.get(1).toLong()).isEqualTo(-2);
    assertThat(REDIS.dump(tag)).isEqualTo(before);
  }

  @Test
  void readingUnderSomebodyElsesLeaseTellsTheLengthAndHowLongItLasts() {
    append("a");
    REDIS.send(Command.SET, lease, "somebody", "PX", 4_000);
    Map<String, String> before = REDIS.dump(tag);

    Response reply = read("me", 1);

    assertThat(reply.size()).isEqualTo(2);
    assertThat(reply.get(0).toLong()).isEqualTo(1);
    assertThat(reply.get(1).toLong()).isBetween(1L, 4_000L);
    assertThat(REDIS.dump(tag)).isEqualTo(before);
  }

  @Test
  void settlingRemovesWhatWasAppliedAndNothingElse() {
    String first = append("a");
    append("b");
    read("me", 1);

    assertThat(settle("me", List.of(first)).toInteger()).isEqualTo(1);

    assertThat(REDIS.send(Command.XRANGE, ledger, "-", "+").get(0).get(1).get(1)).hasToString("b");
    assertThat(REDIS.send(Command.EXISTS, dead).toInteger()).isZero();
  }

  @Test
  void settlingKeepsWhatWasRefused() {
    String id = append("a");
    read("me", 1);

    settle(
        "me",
        List.of(id),
        "4",
        "conflict",
        "taken",
        "name",
        "a",
        "6",
        "malformed",
        "why",
        "x",
        "1",
        "y",
        "2");

    Response letters = REDIS.send(Command.XRANGE, dead, "-", "+");
    assertThat(letters.get(0).get(1))
        .extracting(Response::toString)
        .containsExactly("reason", "conflict", "detail", "taken", "name", "a");
    assertThat(letters.get(1).get(1))
        .extracting(Response::toString)
        .containsExactly("reason", "malformed", "detail", "why", "x", "1", "y", "2");
    assertThat(REDIS.send(Command.XLEN, ledger).toInteger()).isZero();
  }

  @Test
  void settlingWithoutTheLeaseChangesNothing() {
    String id = append("a");
    assertSettlesNothing(id);
    REDIS.send(Command.SET, lease, "somebody");
    assertSettlesNothing(id);
    REDIS.send(Command.SET, lease, "me", "PX", 1);
    await().until(() -> REDIS.send(Command.EXISTS, lease).toInteger() == 0);
    assertSettlesNothing(id);
  }

  private void assertSettlesNothing(String id) {
    Map<String, String> before = REDIS.dump(tag);
    Response reply = settle("me", List.of(id), "4", "conflict", "taken", "name", "a");
    assertThat(reply.toInteger()).isZero();
    assertThat(REDIS.dump(tag)).isEqualTo(before);
  }

  @Test
  void aThousandEntriesAndAThousandDeadLettersAreSettledAtOnce() {
    List<String> ids = new ArrayList<>();
    List<String> letters = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      ids.add(append("n" + i));
      letters.addAll(List.of("4", "conflict", "taken", "name", "n" + i));
    }
    read("me", 1);

    assertThat(settle("me", ids, letters.toArray(String[]::new)).toInteger()).isEqualTo(1);

    assertThat(REDIS.send(Command.XLEN, ledger).toInteger()).isZero();
    assertThat(REDIS.send(Command.XLEN, dead).toInteger()).isEqualTo(1_000);
  }

  @Test
  void replayingMovesADeadLetterToTheEndOfTheLedgerAsItWas() {
    append("b");
    String id = bury("name", "a", "reason", "of its own");
    bury("name", "c");

    assertThat(replay(id, "1-1", "99999-0").toInteger()).isEqualTo(1);

    Response entries = REDIS.send(Command.XRANGE, ledger, "-", "+");
    assertThat(entries.get(0).get(1).get(1)).hasToString("b");
    assertThat(entries.get(1).get(1))
        .extracting(Response::toString)
        .containsExactly("name", "a", "reason", "of its own");
    assertThat(REDIS.send(Command.XLEN, dead).toInteger()).isEqualTo(1);
    assertThat(replay(id).toInteger()).isZero();
  }

  @Test
  void aLeaseIsRenewedByWhoHoldsIt() {
    REDIS.send(Command.SET, lease, "me", "PX", 2_000);

    assertThat(renew("me").toInteger()).isEqualTo(1);

    assertThat(get(lease)).isEqualTo("me");
    assertThat(REDIS.send(Command.PTTL, lease).toLong()).isBetween(2_001L, 5_000L);
  }

  @Test
  void aLeaseOfAnotherIsNeitherRenewedNorReleased() {
    REDIS.send(Command.SET, lease, "somebody", "PX", 60_000);

    assertThat(renew("me").toInteger()).isZero();
    assertThat(release("me").toInteger()).isZero();

    assertThat(get(lease)).isEqualTo("somebody");
    assertThat(REDIS.send(Command.PTTL, lease).toLong()).isBetween(5_001L, 60_000L);
  }

  @Test
  void aLeaseThatEndedIsNotTakenAgainByRenewingIt() {
    REDIS.send(Command.SET, lease, "me", "PX", 1);
    await().until(() -> REDIS.send(Command.EXISTS, lease).toInteger() == 0);

    assertThat(renew("me").toInteger()).isZero();
    assertThat(release("me").toInteger()).isZero();

    assertThat(REDIS.dump(tag)).isEmpty();
  }

  @Test
  void aLeaseIsReleasedByWhoHoldsIt() {
    REDIS.send(Command.SET, lease, "me", "PX", 60_000);

    assertThat(release("me").toInteger()).isEqualTo(1);

    assertThat(REDIS.dump(tag)).isEmpty();
    assertThat(release("me").toInteger()).isZero();
  }

  @Test
  void aLeaseOfTheWrongTypeIsLeftAsItIs() {
    REDIS.send(Command.SADD, lease, "not what it should be");
    Map<String, String> before = REDIS.dump(tag);

    assertThatThrownBy(() -> renew("me")).hasMessageContaining("WRONGTYPE");
    assertThatThrownBy(() -> release("me")).hasMessageContaining("WRONGTYPE");

    assertThat(REDIS.dump(tag)).isEqualTo(before);
    assertThat(REDIS.send(Command.PTTL, lease).toLong()).isEqualTo(-1);
  }

  static Stream<Arguments> keysOfEachScript() {
    return Stream.of("ledger-read", "ledger-settle", "ledger-replay")
        .flatMap(
            script ->
                Stream.of("ledger", "drain-lease", "dead-letters")
                    .filter(key -> !(script.equals("ledger-replay") && key.equals("drain-lease")))
                    .map(key -> Arguments.of(script, key)));
  }

  @ParameterizedTest
  @MethodSource("keysOfEachScript")
  void aKeyOfTheWrongTypeLeavesEverythingUnchanged(String script, String key) {
    String id = append("a");
    String letter = bury("name", "z");
    REDIS.send(Command.SET, lease, "me");
    String broken = "fc:{" + tag + "}:" + key;
    REDIS.send(Command.DEL, broken);
    REDIS.send(Command.SADD, broken, "not what it should be");
    Map<String, String> before = REDIS.dump(tag);

    assertThatThrownBy(
            () -> {
              switch (script) {
                case "ledger-read" -> read("me", 1);
                case "ledger-settle" ->
                    settle("me", List.of(id), "4", "conflict", "taken", "name", "a");
                default -> replay(letter);
              }
            })
        .isInstanceOf(RedisException.class)
        .hasMessageContaining("WRONGTYPE");

    assertThat(REDIS.dump(tag)).isEqualTo(before);
  }

  @Test
  void settlingChecksTheDeadLettersThoughThereAreNone() {
    String id = append("a");
    read("me", 1);
    REDIS.send(Command.SADD, dead, "not what it should be");
    Map<String, String> before = REDIS.dump(tag);

    assertThatThrownBy(() -> settle("me", List.of(id))).hasMessageContaining("WRONGTYPE");

    assertThat(REDIS.dump(tag)).isEqualTo(before);
  }

  @Test
  void aFullRedisIsDrainedAllTheSame() {
    try (RealRedis full = RealRedis.start()) {
      String id = full.send(Command.XADD, ledger, "*", "name", "a").toString();
      full.send(Command.CONFIG, "SET", "maxmemory", "1");
      assertThatThrownBy(() -> full.send(Command.XADD, ledger, "*", "name", "b"))
          .hasMessageContaining("OOM");

      full.run("ledger-read", List.of(ledger, lease, dead), List.of("me", "5000", "10", "-"));
      full.run("ledger-read", List.of(ledger, lease, dead), List.of("me", "5000", "10", "-"));
      full.run(
          "ledger-settle",
          List.of(ledger, lease, dead),
          List.of("me", "5000", "1", id, "4", "conflict", "taken", "name", "a"));

      assertThat(full.send(Command.XLEN, ledger).toInteger()).isZero();
      assertThat(full.send(Command.XLEN, dead).toInteger()).isEqualTo(1);
      Map<String, String> before = full.dump(tag);
      String letter = full.send(Command.XRANGE, dead, "-", "+").get(0).get(0).toString();
      assertThatThrownBy(() -> full.run("ledger-replay", List.of(ledger, dead), List.of(letter)))
          .hasMessageContaining("OOM");
      assertThat(full.dump(tag)).isEqualTo(before);
    }
  }

  private String append(String name) {
    return REDIS.send(Command.XADD, ledger, "*", "name", name).toString();
  }

  private String bury(String... fields) {
    List<Object> args = new ArrayList<>(List.of(dead, "*", "reason", "conflict", "detail", "-"));
    args.addAll(List.of(fields));
    return REDIS.send(Command.XADD, args.toArray()).toString();
  }

  private Response read(String token, int entries) {
    return read(token, entries, "-");
  }

  private Response read(String token, int entries, String from) {
    return REDIS.run(
        "ledger-read", List.of(ledger, lease, dead), List.of(token, "5000", "" + entries, from));
  }

  private Response settle(String token, List<String> ids, String... deadLetters) {
    List<String> args = new ArrayList<>(List.of(token, "5000", "" + ids.size()));
    args.addAll(ids);
    args.addAll(List.of(deadLetters));
    return REDIS.run("ledger-settle", List.of(ledger, lease, dead), args);
  }

  private Response replay(String... ids) {
    return REDIS.run("ledger-replay", List.of(ledger, dead), List.of(ids));
  }

  private Response renew(String token) {
    return REDIS.run("lease-renew", List.of(lease), List.of(token, "5000"));
  }

  private Response release(String token) {
    return REDIS.run("lease-release", List.of(lease), List.of(token));
  }

  private static String get(String key) {
    return REDIS.send(Command.GET, key).toString();
  }
}
