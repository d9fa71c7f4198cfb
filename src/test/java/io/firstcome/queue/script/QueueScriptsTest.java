package io.firstcome.queue.script;

import static io.firstcome.queue.QueueFixture.await;
import static io.firstcome.queue.QueueFixture.queue;
import static io.firstcome.queue.QueueFixture.room;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.queue.QueueFixture;
import io.firstcome.queue.model.DrawnOrder;
import io.firstcome.queue.model.Entry;
import io.firstcome.queue.model.EntryState;
import io.firstcome.queue.model.QueueState;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The scripts of an event's queues, rule by rule. */
class QueueScriptsTest {

  private static final Logger LOG = Logger.getLogger(QueueScriptsTest.class);

  private static final RealRedis REDIS = RealRedis.shared();

  private static final int ALL_BLOCKS = 16_384;

  private static final Duration GRACE = Duration.ofHours(2);

  private final QueueFixture event = new QueueFixture(REDIS);

  @Test
  void aUserIsInTwoQueuesOfAnEventAtMost() {
    event.publish(
        Map.of("a", queue(1, 1, false), "b", queue(2, 1, false), "c", queue(3, 1, false)));

    assertThat(event.join("a", "alice").outcome()).isEqualTo("JOINED");
    assertThat(event.join("b", "alice").outcome()).isEqualTo("JOINED");
    QueueScripts.Decision third = event.join("c", "alice");

    assertThat(third.outcome()).isEqualTo("TOO-MANY");
    assertThat(third.entries()).extracting(Entry::queueId).containsExactly("a", "b");
    assertThat(event.move("a", "alice", "leave")).isEqualTo("DONE LEFT");
    assertThat(event.join("c", "alice").outcome()).isEqualTo("JOINED");
  }

  @Test
  void theSameUserGetsTheSameEntryAgainUntilItHasEnded() {
    event.publish(Map.of("a", queue(1, 1, false)));
    event.join("a", "bob");

    Entry first = event.join("a", "alice").entry();
    QueueScripts.Decision again = event.join("a", "alice");

    assertThat(again.outcome()).isEqualTo("ALREADY");
    assertThat(again.entry()).isEqualTo(first);
    assertThat(first.ahead()).isEqualTo(1);
    event.move("a", "alice", "leave");
    assertThat(event.join("a", "alice").entry().number()).isEqualTo(3);
  }

  @Test
  void theFirstAreCalledInTheOrderOfJoiningAndNeverMoreThanThereArePlaces() {
    event.publish(Map.of("a", queue(1, 3, false)));
    IntStream.rangeClosed(1, 200).forEach(i -> event.join("a", "user" + i));
    IntStream.of(1, 2, 4).forEach(i -> event.move("a", "user" + i, "leave"));

    assertThat(event.call("a", 2)).containsExactly("user3", "user5");
    assertThat(event.call("a", 2)).containsExactly("user6");
    assertThat(event.call("a", 2)).isEmpty();
    event.move("a", "user3", "enter");
    assertThat(event.call("a", 2)).isEmpty();
    event.move("a", "user3", "complete");
    event.move("a", "user5", "no-show");
    assertThat(event.call("a", 500)).containsExactly("user7", "user8");
    assertThat(event.queue("a").waiting()).isEqualTo(192);
    assertThat(event.join("a", "user200").entry().ahead()).isEqualTo(191);
  }

  @Test
  void whoIsAheadNeverGrowsThoughOthersLeaveAndJoin() {
    event.publish(Map.of("a", queue(1, 1, false)));
    IntStream.rangeClosed(1, 10).forEach(i -> event.join("a", "user" + i));
    IntStream.rangeClosed(2, 9).forEach(i -> event.move("a", "user" + i, "leave"));
    long before = event.join("a", "user10").entry().ahead();
    IntStream.rangeClosed(2, 9).forEach(i -> event.join("a", "user" + i));

    assertThat(event.join("a", "user10").entry().ahead()).isLessThanOrEqualTo(before);
  }

  @Test
  void eachMoveIsCountedOnceHoweverOftenItIsAsked() {
    event.publish(Map.of("a", queue(1, 2, false)));
    event.join("a", "alice");
    assertThat(event.move("a", "alice", "enter")).isEqualTo("STATE WAITING");
    event.call("a", 1);

    assertThat(event.move("a", "alice", "enter")).isEqualTo("DONE INSIDE");
    assertThat(event.move("a", "alice", "enter")).isEqualTo("ALREADY INSIDE");
    assertThat(event.queue("a").inside()).isEqualTo(1);
    assertThat(event.move("a", "alice", "complete")).isEqualTo("DONE COMPLETED");
    assertThat(event.move("a", "alice", "complete")).isEqualTo("ALREADY COMPLETED");
    assertThat(event.move("a", "alice", "enter")).isEqualTo("ALREADY COMPLETED");
    assertThat(event.move("a", "alice", "leave")).isEqualTo("STATE COMPLETED");
    assertThat(event.move("a", "nobody", "leave")).isEqualTo("NO-ENTRY");
    assertThat(event.queue("a").inside()).isZero();
    assertThat(event.moves()).containsExactly(Map.entry("a:1", "WCID"));
  }

  @Test
  void whoWasCalledAndDoesNotComeInTimeIsANoShowAndTheNextIsCalled() {
    event.publish(Map.of("a", queue(1, 1, true)));

    assertThat(event.join("a", "alice").entry().state()).isEqualTo(EntryState.CALLED);
    assertThat(event.join("a", "bob").entry().state()).isEqualTo(EntryState.WAITING);
    event.makeDue("a", "alice");

    assertThat(event.move("a", "alice", "enter")).isEqualTo("STATE NO_SHOW");
    assertThat(event.state("a", "bob")).isEqualTo(EntryState.CALLED);
    assertThat(event.move("a", "bob", "enter")).isEqualTo("DONE INSIDE");
    assertThat(event.moves()).isEqualTo(Map.of("a:1", "WCN", "a:2", "WCI"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PAUSED", "DRAINING", "CLOSED"})
  void nobodyJoinsWhatIsNotOpen(String status) {
    event.publish(Map.of("a", queue(1, 1, true)));
    event.join("a", "alice");
    event.join("a", "bob");
    await(event.scripts.change(event.id, "a", Map.of("status", status)));

    assertThat(event.join("a", "carol").outcome()).isEqualTo(status);
    assertThat(event.join("a", "bob").outcome()).isEqualTo("ALREADY");
    assertThat(event.move("a", "alice", "enter"))
        .isEqualTo(status.equals("CLOSED") ? "CLOSED CALLED" : "DONE INSIDE");
    event.move("a", "alice", "leave");
    assertThat(event.state("a", "bob"))
        .isEqualTo(status.equals("DRAINING") ? EntryState.CALLED : EntryState.WAITING);
  }

  @Test
  void aClosedQueueStaysClosedAndDoesNotCountAgainstThoseWhoWaitedInIt() {
    event.publish(
        Map.of("a", queue(1, 1, false), "b", queue(2, 1, false), "c", queue(3, 1, false)));
    event.join("a", "alice");
    event.join("b", "alice");
    await(event.scripts.change(event.id, "a", Map.of("status", "CLOSED")));

    assertThat(await(event.scripts.change(event.id, "a", Map.of("status", "OPEN"))).outcome())
        .isEqualTo("CLOSED");
    assertThat(event.join("c", "alice").outcome()).isEqualTo("JOINED");
  }

  @Test
  void aCapacityIsNotSetBelowThoseWhoAreCalledAndInside() {
    event.publish(Map.of("a", queue(1, 2, true)));
    event.join("a", "alice");
    event.join("a", "bob");
    event.join("a", "carol");
    event.move("a", "alice", "enter");

    assertThat(await(event.scripts.change(event.id, "a", Map.of("capacity", "1"))).outcome())
        .isEqualTo("OCCUPIED");
    QueueState more = await(event.scripts.change(event.id, "a", Map.of("capacity", "3"))).queue();
    assertThat(more.version()).isEqualTo(2);
    assertThat(more.called()).isEqualTo(2);
  }

  @Test
  void whatIsFullTakesNobody() {
    QueueFixture small = new QueueFixture(REDIS, 4, 2, 3);
    small.publish(Map.of("a", queue(1, 1, false), "b", queue(2, 1, false)));
    small.join("a", "alice");
    small.join("a", "bob");

    assertThat(small.join("a", "carol").outcome()).isEqualTo("QUEUE-FULL");
    small.join("b", "carol");
    assertThat(small.join("b", "dan").outcome()).isEqualTo("EVENT-FULL");
    small.join("b", "alice");
    assertThat(small.join("b", "bob").outcome()).isEqualTo("LEDGER-FULL");
    assertThat(small.join("b", "alice").outcome()).isEqualTo("ALREADY");
  }

  @Test
  void aRoomDrawsThePlacesOfThoseWhoCameBeforeItsOpeningOnceAndLetsInAllOthersInOrder() {
    event.publish(Map.of("a", room(1, 1_000, 1_000, Long.MAX_VALUE / 4)));
    IntStream.rangeClosed(1, 300).forEach(i -> event.join("a", "user" + i));
    IntStream.of(7, 70).forEach(i -> event.move("a", "user" + i, "leave"));

    assertThat(event.join("a", "user8").entry().ahead()).isEqualTo(-1);
    assertThat(await(event.scripts.call(event.id, "a", 1)).outcome()).isEqualTo("UNOPENED");
    event.open("a", 0);
    IntStream.rangeClosed(301, 320).forEach(i -> event.join("a", "user" + i));

    DrawnOrder order = new DrawnOrder(QueueFixture.SEED, 300);
    List<String> expected =
        LongStream.rangeClosed(1, 320)
            .filter(i -> i != 7 && i != 70)
            .boxed()
            .sorted(Comparator.comparing(order::placeOf))
            .map(i -> "a:" + i)
            .toList();
    assertThat(event.entered()).isEqualTo(expected).isNotEqualTo(sorted(expected));
    assertThat(event.ledger("queue-draw")).hasSize(1);
    assertThat(event.queue("a").drawn()).isEqualTo(300);
  }

  private static List<String> sorted(List<String> all) {
    return all.stream().sorted(Comparator.comparing(id -> Long.valueOf(id.substring(2)))).toList();
  }

  @Test
  void inARoomAPlaceIsKnownFromTheDrawOnAndOnlyGetsBetter() {
    event.publish(Map.of("a", room(1, 1, 1, Long.MAX_VALUE / 4)));
    IntStream.rangeClosed(1, 50).forEach(i -> event.join("a", "user" + i));
    event.open("a", 0);

    List<Long> ahead = new ArrayList<>();
    for (int i = 1; i <= 50; i++) {
      Entry entry = event.join("a", "user" + i).entry();
      ahead.add(entry.state() == EntryState.INSIDE ? -1 : entry.ahead());
    }

    assertThat(ahead.stream().sorted().toList())
        .isEqualTo(LongStream.range(-1, 49).boxed().toList());
  }

  @Test
  void whenARoomOpensItLetsInNoMoreThanThoseOfASecondAtOnce() {
    event.publish(Map.of("a", room(1, 500, 3, Long.MAX_VALUE / 4)));
    IntStream.rangeClosed(1, 20).forEach(i -> event.join("a", "user" + i));
    event.open("a", 0);

    assertThat(event.queue("a").inside()).isEqualTo(3);
    Awaitility.await().until(() -> event.queue("a").inside() >= 5);
  }

  @Test
  void aRoomLetsInSoManyASecondAndSoManyAtOnce() {
    event.publish(Map.of("a", room(1, 5, 3, 0)));
    IntStream.rangeClosed(1, 20).forEach(i -> event.join("a", "user" + i));
    assertThat(event.queue("a").inside()).isBetween(3L, 4L);

    Awaitility.await().until(() -> event.queue("a").inside() == 5);
    Awaitility.await().during(Duration.ofMillis(700)).until(() -> event.queue("a").inside() == 5);
    event.makeDue("a", "user1");
    Awaitility.await().until(() -> event.state("a", "user6") == EntryState.INSIDE);

    assertThat(event.state("a", "user1")).isEqualTo(EntryState.COMPLETED);
    assertThat(event.queue("a").inside()).isEqualTo(5);
    assertThat(event.move("a", "user2", "complete")).isEqualTo("DONE COMPLETED");
    assertThat(event.move("a", "user3", "leave")).isEqualTo("DONE LEFT");
    assertThat(event.move("a", "user4", "enter")).isEqualTo("ALREADY INSIDE");
    Awaitility.await().until(() -> event.queue("a").inside() == 5);
    assertThat(event.state("a", "user9")).isEqualTo(EntryState.WAITING);
  }

  @Test
  void whoIsLetIntoARoomIsInsideOnceTheyAsk() {
    event.publish(Map.of("a", room(1, 2, 1_000, Long.MAX_VALUE / 4, GRACE)));
    List.of("alice", "bob", "carol").forEach(user -> event.join("a", user));
    event.open("a", 0);
    Awaitility.await().until(() -> event.queue("a").called() == 2);
    List<String> letIn = new ArrayList<>(List.of("alice", "bob", "carol"));
    letIn.removeIf(user -> event.state("a", user) == EntryState.WAITING);
    String first = letIn.get(0);
    String second = letIn.get(1);

    // Others' reading it is not coming.
    assertThat(event.state("a", first)).isEqualTo(EntryState.CALLED);
    assertThat(event.stateByUser("a", first)).isEqualTo(EntryState.INSIDE);
    Entry again = event.join("a", second).entry();
    assertThat(again.state()).isEqualTo(EntryState.INSIDE);
    // Inside for an hour from then on, and not for the grace.
    assertThat(Duration.between(again.since(), again.due())).isEqualTo(Duration.ofHours(1));
    assertThat(event.stateByUser("a", first)).isEqualTo(EntryState.INSIDE);
    assertThat(event.queue("a").inside()).isEqualTo(2);
    assertThat(event.queue("a").called()).isZero();

    event.makeDue("a", second);
    Awaitility.await().until(() -> event.queue("a").called() == 1);
    assertThat(event.state("a", second)).isEqualTo(EntryState.COMPLETED);
    assertThat(event.join("a", "dan").entry().state()).isEqualTo(EntryState.WAITING);
    event.move("a", first, "leave");
    Awaitility.await().until(() -> event.stateByUser("a", "dan") == EntryState.INSIDE);
  }

  @Test
  void whoIsLetIntoARoomAndDoesNotComeLosesTheSlotToTheNext() {
    event.publish(Map.of("a", room(1, 1, 1_000, 0, GRACE)));
    assertThat(event.join("a", "alice").entry().state()).isEqualTo(EntryState.INSIDE);
    event.join("a", "bob");
    event.join("a", "carol");
    event.move("a", "alice", "complete");
    Awaitility.await().until(() -> event.state("a", "bob") == EntryState.CALLED);
    assertThat(event.queue("a").inside() + event.queue("a").called()).isEqualTo(1);

    event.makeDue("a", "bob");

    assertThat(event.stateByUser("a", "bob")).isEqualTo(EntryState.NO_SHOW);
    Awaitility.await().until(() -> event.state("a", "carol") == EntryState.CALLED);
    assertThat(event.move("a", "carol", "enter")).isEqualTo("DONE INSIDE");
    event.makeDue("a", "carol");
    assertThat(event.state("a", "carol")).isEqualTo(EntryState.COMPLETED);
    assertThat(event.join("a", "bob").entry().number()).isEqualTo(4);
    assertThat(event.moves())
        .isEqualTo(Map.of("a:1", "WCID", "a:2", "WCN", "a:3", "WCID", "a:4", "WCI"));
  }

  @Test
  void anErasedUserKeepsTheirPlaceUnderAPseudonym() {
    event.publish(Map.of("a", queue(1, 1, false), "b", queue(2, 1, false)));
    event.join("a", "alice");
    event.join("a", "bob");
    event.join("b", "alice");
    event.call("b", 1);

    assertThat(await(event.scripts.erase(event.id, "alice", "erased-1"))).isEqualTo(2);

    assertThat(event.state("a", "alice")).isNull();
    assertThat(event.call("a", 2)).containsExactly("erased-1");
    event.makeDue("b", "erased-1");
    assertThat(event.state("b", "erased-1")).isEqualTo(EntryState.NO_SHOW);
    assertThat(REDIS.dump(event.tag).entrySet())
        .filteredOn(key -> !key.getKey().endsWith("ledger"))
        .noneMatch(key -> key.getValue().contains("alice"));
  }

  @Test
  void whatEndedLongAgoIsRemovedAndNothingElseIs() {
    QueueFixture small = new QueueFixture(REDIS, 100_000, 1_000_000, 4);
    small.publish(Map.of("a", queue(1, 2, false), "b", queue(2, 2, false)));
    for (String user : List.of("alice", "bob", "carol", "dan")) {
      small.join("a", user);
    }
    small.call("a", 2);
    small.move("a", "alice", "no-show");
    small.move("a", "bob", "enter");
    small.join("b", "carol");
    small.move("a", "carol", "leave");

    assertThat(small.prune(Duration.ofHours(1), ALL_BLOCKS)).isZero();
    assertThat(small.move("a", "carol", "leave")).isEqualTo("ALREADY LEFT");
    assertThat(small.prune(Duration.ZERO, ALL_BLOCKS)).isEqualTo(2);
    assertThat(small.prune(Duration.ZERO, ALL_BLOCKS)).isZero();

    assertThat(small.state("a", "alice")).isNull();
    assertThat(small.move("a", "carol", "leave")).isEqualTo("NO-ENTRY");
    assertThat(small.state("b", "carol")).isEqualTo(EntryState.WAITING);
    assertThat(small.state("a", "bob")).isEqualTo(EntryState.INSIDE);
    assertThat(small.state("a", "dan")).isEqualTo(EntryState.WAITING);
    // Of four users the event may know, one is gone.
    assertThat(small.join("a", "eve").entry().number()).isEqualTo(5);
    assertThat(small.join("a", "alice").outcome()).isEqualTo("EVENT-FULL");
    assertThat(small.ledger("queue-moves")).hasSize(10);
  }

  @Test
  void aSearchInPartsRemovesAllInARoundAndAQueueDoesNotGrow() {
    event.publish(Map.of("a", queue(1, 1, false)));
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 200; i++) {
        event.join("a", "visitor:" + i);
        event.move("a", "visitor:" + i, "leave");
      }
      int removed = 0;
      for (int part = 0; part < 17; part++) {
        removed += event.prune(Duration.ZERO, 1_000);
      }
      assertThat(removed).isEqualTo(200);
      assertThat(REDIS.send(Command.HLEN, Keys.eventUsers(event.tag)).toInteger()).isZero();
      assertThat(REDIS.send(Command.HGET, Keys.eventState(event.tag), "people").toInteger())
          .isZero();
    }
    assertThat(event.join("a", "alice").entry().number()).isEqualTo(601);
  }

  @Test
  void joinsOfOneCallAreDecidedOneAfterTheOther() {
    QueueFixture small = new QueueFixture(REDIS, 100_000, 3, 4);
    small.publish(Map.of("a", queue(1, 1, true), "b", queue(2, 1, false)));
    List<String> pairs =
        List.of(
            "a alice", "a bob", "a alice", "b bob", "x bob", "a carol", "a dan", "b dan", "b eve",
            "b bob");

    assertThat(small.joinAll(pairs))
        .containsExactly(
            "JOINED a:1 CALLED",
            "JOINED a:2 WAITING",
            "ALREADY a:1 CALLED",
            "JOINED b:1 WAITING",
            "UNKNOWN",
            "JOINED a:3 WAITING",
            "JOINED a:4 WAITING",
            "JOINED b:2 WAITING",
            "EVENT-FULL",
            "ALREADY b:1 WAITING");
    assertThat(small.ledger("queue-moves")).hasSize(1);
    assertThat(small.moves())
        .isEqualTo(Map.of("a:1", "WC", "a:2", "W", "a:3", "W", "a:4", "W", "b:1", "W", "b:2", "W"));
    assertThat(small.joinAll(List.of("a bob", "a eve")))
        .containsExactly("ALREADY a:2 WAITING", "QUEUE-FULL");
  }

  @Test
  void anotherServerDecidesNothing() {
    event.publish(Map.of("a", queue(1, 1, false)));
    event.join("a", "alice");
    REDIS.send(Command.HSET, Keys.eventState(event.tag), "server", "another");
    Map<String, String> before = REDIS.dump(event.tag);

    for (Runnable call :
        List.<Runnable>of(
            () -> event.join("a", "bob"),
            () -> event.call("a", 1),
            () -> event.move("a", "alice", "leave"),
            () -> event.queue("a"),
            () -> await(event.scripts.change(event.id, "a", Map.of("capacity", "9"))),
            () -> event.prune(Duration.ZERO, ALL_BLOCKS),
            () -> await(event.scripts.erase(event.id, "alice", "erased-1")))) {
      assertThatThrownBy(call::run)
          .isInstanceOfSatisfying(
              NotLoadedException.class,
              e -> assertThat(e.problem()).isEqualTo(ProblemType.RECOVERING));
    }
    assertThat(REDIS.dump(event.tag)).isEqualTo(before);
  }

  @Test
  void whereAPartIsMissingNothingIsDecided() {
    event.publish(Map.of("a", queue(1, 1, true)));
    event.join("a", "alice");
    event.join("a", "bob");
    for (String key : Keys.ofEvent(event.tag).subList(0, 5)) {
      REDIS.send(Command.RENAME, key, "{" + event.tag + "}aside");
      // Of another tag's slot in a cluster; here it is one server.
      assertThatThrownBy(() -> event.join("a", "carol")).isInstanceOf(NotLoadedException.class);
      REDIS.send(Command.RENAME, "{" + event.tag + "}aside", key);
    }
    assertThat(event.join("a", "carol").outcome()).isEqualTo("JOINED");
  }

  /** Ids of ten digits, as a loader brings them; the more there are, the less each costs. */
  @Test
  void oneOfManyWhoWaitCostsFortyBytesAtMost() {
    int users = Integer.getInteger("queue.users", 200_000);
    for (int from = 0; from < users; from += 1_000) {
      List<String> members = new ArrayList<>();
      for (int i = from; i < from + 1_000; i++) {
        members.add(String.valueOf(1_000_000_000L + i));
        members.add("1 " + (i + 1) + " W 0 0");
      }
      event.stage("entries", members);
    }

    long bytes = 0;
    for (String key : Keys.stagedEvent(event.tag, QueueFixture.TOKEN)) {
      Response size = REDIS.send(Command.MEMORY, "USAGE", key, "SAMPLES", "0");
      bytes += size == null ? 0 : size.toLong();
    }
    LOG.infof("%d users wait, %.1f bytes each", users, (double) bytes / users);
    assertThat((double) bytes / users).isBetween(20.0, 40.0);
  }
}
