package io.firstcome.queue.script;

import static io.firstcome.queue.QueueFixture.await;
import static io.firstcome.queue.QueueFixture.room;
import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.queue.QueueFixture;
import io.firstcome.queue.model.DrawnOrder;
import io.firstcome.queue.model.Entry;
import io.firstcome.queue.model.EntryState;
import io.firstcome.queue.model.QueueState;
import io.firstcome.redis.RealRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * Whatever is done to a room in whatever order, losses of Redis included: it decides as a plain
 * model does, so nobody is overtaken, never more are inside than it has places for, each move is
 * counted once; and no place gets worse.
 */
class RoomModelTest {

  private static final String ROOM = "door";
  private static final int CAPACITY = 2;
  private static final int USERS = 6;

  /** So many a second that the rate holds nobody up. */
  private static final long RATE = 100_000;

  private static final Duration GRACE = Duration.ofHours(2);

  /** What may be done. */
  enum What {
    JOIN,
    READ,
    LEAVE,
    COMPLETE,
    TIME_IS_OVER,
    OPEN,
    PRUNE,
    LOSE_AND_LOAD
  }

  record Operation(What what, int user) {
    String name() {
      return "user-" + user;
    }
  }

  /** An entry of the model. */
  private static final class Place {
    final String user;
    final long number;
    EntryState state = EntryState.WAITING;
    String path = "W";
    boolean pruned;
    long ahead = Long.MAX_VALUE;

    Place(String user, long number) {
      this.user = user;
      this.number = number;
    }

    void move(EntryState to) {
      state = to;
      path += to.letter();
    }
  }

  /** The rules in a few lines of Java: all who ever joined, in order. */
  private static final class Model {
    final List<Place> places = new ArrayList<>();
    DrawnOrder order;

    Place last(String user) {
      return places.stream()
          .filter(one -> one.user.equals(user))
          .reduce((before, after) -> after)
          .orElse(null);
    }

    long count(EntryState state) {
      return places.stream().filter(one -> one.state == state).count();
    }

    /** Those who wait, as they are to be let in. */
    List<Place> line() {
      return places.stream()
          .filter(one -> one.state == EntryState.WAITING)
          .sorted(Comparator.comparing(one -> order.placeOf(one.number)))
          .toList();
    }

    void fill() {
      if (order != null) {
        long free = CAPACITY - count(EntryState.CALLED) - count(EntryState.INSIDE);
        line().stream().limit(free).forEach(one -> one.move(EntryState.CALLED));
      }
    }

    void come(Place place) {
      if (place.state == EntryState.CALLED) {
        place.move(EntryState.INSIDE);
      }
    }

    void run(Operation operation) {
      Place place = last(operation.name());
      boolean isActive = place != null && !place.state.isFinal();
      switch (operation.what()) {
        case JOIN -> {
          if (!isActive) {
            place = new Place(operation.name(), places.size() + 1);
            places.add(place);
            fill();
          }
          come(place);
        }
        case READ -> {
          if (isActive) {
            come(place);
          }
        }
        case LEAVE -> {
          if (isActive) {
            place.move(EntryState.LEFT);
          }
        }
        case COMPLETE -> {
          if (isActive && place.state == EntryState.INSIDE) {
            place.move(EntryState.COMPLETED);
          }
        }
        case TIME_IS_OVER -> {
          if (isActive && place.state != EntryState.WAITING) {
            place.move(
                place.state == EntryState.CALLED ? EntryState.NO_SHOW : EntryState.COMPLETED);
          }
        }
        case OPEN -> {
          if (order == null) {
            order = new DrawnOrder(QueueFixture.SEED, places.size());
          }
        }
        case PRUNE -> places.forEach(one -> one.pruned |= one.state.isFinal());
        case LOSE_AND_LOAD -> places.forEach(one -> one.pruned = false);
      }
      fill();
    }
  }

  /** What MySQL has: the entries of the ledger put together. */
  private static final class History {
    final Map<Long, String> paths = new TreeMap<>();
    final Map<Long, String> users = new HashMap<>();
    final Map<Long, String> dues = new HashMap<>();
    long drawn = -1;

    void drain(QueueFixture event) {
      for (Map<String, String> entry : event.ledger("queue-moves")) {
        entry.forEach(
            (name, value) -> {
              if (name.contains(":")) {
                long number = Long.parseLong(name.substring(name.indexOf(':') + 1));
                String[] words = value.split(" ");
                paths.merge(number, words[0], String::concat);
                users.put(number, words[1]);
                dues.put(number, words.length > 2 ? words[2] : "0");
              }
            });
      }
      for (Map<String, String> entry : event.ledger("queue-draw")) {
        assertThat(drawn).as("drawn once").isEqualTo(-1);
        drawn = Long.parseLong(entry.get("drawn"));
      }
      event.deleteLedger();
    }

    char state(long number) {
      String path = paths.get(number);
      return path.charAt(path.length() - 1);
    }

    long count(char state) {
      return paths.keySet().stream().filter(number -> state(number) == state).count();
    }
  }

  @Property(tries = 40)
  void aRoomDecidesAsThePlainModelDoes(@ForAll("operations") List<Operation> operations) {
    QueueFixture event = new QueueFixture(RealRedis.shared());
    event.publish(Map.of(ROOM, room(1, CAPACITY, RATE, Long.MAX_VALUE / 4, GRACE)));
    Model model = new Model();
    History history = new History();

    for (Operation operation : operations) {
      run(event, history, operation);
      model.run(operation);

      QueueState now = event.queue(ROOM);
      assertThat(now.called() + now.inside()).isLessThanOrEqualTo(CAPACITY);
      assertThat(List.of(now.waiting(), now.called(), now.inside()))
          .as("after %s", operation)
          .containsExactly(
              model.count(EntryState.WAITING),
              model.count(EntryState.CALLED),
              model.count(EntryState.INSIDE));
      for (int user = 0; user < USERS; user++) {
        compare(event, model, "user-" + user);
      }
    }
    history.drain(event);
    Map<Long, String> paths = new TreeMap<>();
    model.places.forEach(place -> paths.put(place.number, place.path));
    assertThat(history.paths).isEqualTo(paths);
  }

  private static void compare(QueueFixture event, Model model, String user) {
    Place place = model.last(user);
    Entry entry = await(event.scripts.read(event.id, ROOM, user, false)).entry();
    if (place == null || place.pruned) {
      assertThat(entry).isNull();
      return;
    }
    assertThat(entry.state()).as(user).isEqualTo(place.state);
    assertThat(entry.number()).isEqualTo(place.number);
    if (place.state == EntryState.WAITING && model.order != null) {
      assertThat(entry.ahead())
          .as("ahead of %s", user)
          .isBetween((long) model.line().indexOf(place), place.ahead);
      place.ahead = entry.ahead();
    }
  }

  private static void run(QueueFixture event, History history, Operation operation) {
    String user = operation.name();
    switch (operation.what()) {
      case JOIN -> event.join(ROOM, user);
      case READ -> await(event.scripts.read(event.id, ROOM, user, true));
      case LEAVE -> twice(event, user, "leave");
      case COMPLETE -> twice(event, user, "complete");
      case TIME_IS_OVER -> event.makeDue(ROOM, user);
      case OPEN -> event.open(ROOM, 0);
      case PRUNE -> event.prune(Duration.ZERO, 16_384);
      case LOSE_AND_LOAD -> loseAndLoad(event, history);
    }
  }

  /** The second time nothing more happens. */
  private static void twice(QueueFixture event, String user, String move) {
    String done = event.move(ROOM, user, move);
    assertThat(event.move(ROOM, user, move)).isEqualTo(done.replace("DONE", "ALREADY"));
  }

  /** As QueueLoad does it, from what the ledger brought to MySQL. */
  private static void loseAndLoad(QueueFixture event, History history) {
    QueueState before = event.queue(ROOM);
    history.drain(event);
    event.lose();
    List<String> members = new ArrayList<>();
    DrawnOrder order = history.drawn < 0 ? null : new DrawnOrder(QueueFixture.SEED, history.drawn);
    long last = history.paths.size();
    long head = order == null ? 1 : last + 1;
    for (long number : history.paths.keySet()) {
      char state = history.state(number);
      boolean isTimed = state == 'C' || state == 'I';
      members.add(history.users.get(number));
      members.add(
          "1 %d %s %d %s"
              .formatted(
                  number, state, state == 'W' ? 0 : 1, isTimed ? history.dues.get(number) : "0"));
      if (order != null && state == 'W') {
        head = Math.min(head, order.placeOf(number));
      }
    }
    QueueState loaded =
        new QueueState(
            1,
            1,
            before.status(),
            before.mode(),
            CAPACITY,
            before.maxActive(),
            before.timeout(),
            false,
            last,
            head,
            history.count('W'),
            history.count('C'),
            history.count('I'),
            RATE,
            before.opensMicros(),
            history.drawn,
            QueueFixture.SEED,
            0,
            GRACE);
    event.publish(Map.of(ROOM, loaded), members);
  }

  @Provide
  Arbitrary<List<Operation>> operations() {
    Arbitrary<What> what =
        Arbitraries.frequency(
            Tuple.of(8, What.JOIN),
            Tuple.of(3, What.READ),
            Tuple.of(2, What.LEAVE),
            Tuple.of(3, What.COMPLETE),
            Tuple.of(3, What.TIME_IS_OVER),
            Tuple.of(1, What.OPEN),
            Tuple.of(1, What.PRUNE),
            Tuple.of(1, What.LOSE_AND_LOAD));
    return Combinators.combine(what, Arbitraries.integers().between(0, USERS - 1))
        .as(Operation::new)
        .list()
        .ofMinSize(10)
        .ofMaxSize(50);
  }
}
