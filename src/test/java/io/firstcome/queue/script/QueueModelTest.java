package io.firstcome.queue.script;

import static io.firstcome.queue.QueueFixture.await;
import static io.firstcome.queue.QueueFixture.queue;
import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.queue.QueueFixture;
import io.firstcome.queue.model.Entry;
import io.firstcome.queue.model.EntryState;
import io.firstcome.queue.model.QueueState;
import io.firstcome.queue.script.QueueScripts.Decision;
import io.firstcome.redis.RealRedis;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is asked in whatever order: the scripts decide as a plain model does. */
class QueueModelTest {

  private static final int STEPS = 1_500;
  private static final String[] MOVES = {"enter", "complete", "no-show", "leave"};

  /** An entry of the model. */
  private static final class Place {
    final String queue;
    final String user;
    final long number;
    EntryState state = EntryState.WAITING;
    String path = "W";

    Place(String queue, String user, long number) {
      this.queue = queue;
      this.user = user;
      this.number = number;
    }

    boolean isActive() {
      return !state.isFinal();
    }

    void move(EntryState to) {
      state = to;
      path += to.letter();
    }
  }

  /** A queue of the model: all who ever joined, in order. */
  private static final class Booth {
    int capacity;
    final boolean autoCall;
    String status = "OPEN";
    final List<Place> places = new ArrayList<>();

    Booth(int capacity, boolean autoCall) {
      this.capacity = capacity;
      this.autoCall = autoCall;
    }

    long count(EntryState state) {
      return places.stream().filter(one -> one.state == state).count();
    }

    List<String> call(long most) {
      long free = capacity - count(EntryState.CALLED) - count(EntryState.INSIDE);
      List<Place> called =
          places.stream()
              .filter(one -> one.state == EntryState.WAITING)
              .limit(Math.max(0, Math.min(most, free)))
              .toList();
      called.forEach(one -> one.move(EntryState.CALLED));
      return called.stream().map(one -> one.user).toList();
    }

    void fill() {
      if (autoCall && (status.equals("OPEN") || status.equals("DRAINING"))) {
        call(Long.MAX_VALUE);
      }
    }

    Place last(String user) {
      return places.stream()
          .filter(one -> one.user.equals(user))
          .reduce((before, after) -> after)
          .orElse(null);
    }
  }

  private final Map<String, Booth> model = new TreeMap<>();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void theScriptsDecideAsThePlainModelDoes(long seed) {
    Random random = new Random(seed);
    QueueFixture event = new QueueFixture(RealRedis.shared());
    Map<String, QueueState> queues = new LinkedHashMap<>();
    for (int no = 1; no <= 3; no++) {
      String id = "q" + no;
      queues.put(id, queue(no, no, no == 2));
      model.put(id, new Booth(no, no == 2));
    }
    event.publish(queues);

    for (int step = 0; step < STEPS; step++) {
      String id = "q" + (1 + random.nextInt(3));
      String user = "user-" + random.nextInt(12);
      step(event, random, id, user);
      Booth booth = model.get(id);
      QueueState now = event.queue(id);
      assertThat(List.of(now.waiting(), now.called(), now.inside()))
          .as("step %d", step)
          .containsExactly(
              booth.count(EntryState.WAITING),
              booth.count(EntryState.CALLED),
              booth.count(EntryState.INSIDE));
      assertThat(now.called() + now.inside()).isLessThanOrEqualTo(now.capacity());
    }
    assertThat(event.moves()).isEqualTo(paths());
    model.forEach(
        (id, booth) ->
            booth.places.forEach(
                place ->
                    assertThat(event.state(id, place.user))
                        .isEqualTo(booth.last(place.user).state)));
  }

  private void step(QueueFixture event, Random random, String id, String user) {
    Booth booth = model.get(id);
    switch (random.nextInt(10)) {
      case 0, 1, 2, 3 -> {
        Decision done = event.join(id, user);
        assertThat(done.outcome()).isEqualTo(join(id, user));
        if (done.outcome().equals("JOINED")) {
          assertThat(done.entry().number()).isEqualTo(booth.places.size());
          assertThat(done.entry().state()).isEqualTo(booth.last(user).state);
        }
      }
      case 4 -> {
        int count = 1 + random.nextInt(3);
        boolean calls = !booth.status.equals("PAUSED");
        assertThat(event.call(id, count)).isEqualTo(calls ? booth.call(count) : List.of());
      }
      case 5, 6, 7 -> {
        String move = MOVES[random.nextInt(MOVES.length)];
        // Twice: the second time nothing more happens.
        String expected = move(booth, user, move);
        assertThat(event.move(id, user, move)).isEqualTo(expected);
        assertThat(event.move(id, user, move)).isEqualTo(expected.replace("DONE", "ALREADY"));
      }
      case 8 -> {
        Place place = booth.last(user);
        if (place != null && place.state == EntryState.CALLED) {
          event.makeDue(id, user);
          place.move(EntryState.NO_SHOW);
          booth.fill();
        }
      }
      default -> {
        String status = List.of("OPEN", "OPEN", "PAUSED", "DRAINING").get(random.nextInt(4));
        int capacity = 1 + random.nextInt(4);
        boolean fits = capacity >= booth.count(EntryState.CALLED) + booth.count(EntryState.INSIDE);
        String outcome =
            await(
                    event.scripts.change(
                        event.id,
                        id,
                        Map.of("status", status, "capacity", String.valueOf(capacity))))
                .outcome();
        assertThat(outcome).isEqualTo(fits ? "OK" : "OCCUPIED");
        if (fits) {
          booth.status = status;
          booth.capacity = capacity;
          booth.fill();
        }
      }
    }
  }

  private String join(String id, String user) {
    Booth booth = model.get(id);
    Place last = booth.last(user);
    if (last != null && last.isActive()) {
      return "ALREADY";
    }
    if (!booth.status.equals("OPEN")) {
      return booth.status;
    }
    long active =
        model.values().stream()
            .map(other -> other.last(user))
            .filter(one -> one != null && one.isActive())
            .count();
    if (active >= 2) {
      return "TOO-MANY";
    }
    booth.places.add(new Place(id, user, booth.places.size() + 1));
    booth.fill();
    return "JOINED";
  }

  private static String move(Booth booth, String user, String move) {
    Place place = booth.last(user);
    if (place == null) {
      return "NO-ENTRY";
    }
    boolean entered = place.path.contains("I") && place.state != EntryState.LEFT;
    boolean already =
        switch (move) {
          case "enter" -> entered;
          case "complete" -> place.state == EntryState.COMPLETED;
          case "no-show" -> place.state == EntryState.NO_SHOW;
          default -> place.state == EntryState.LEFT;
        };
    if (already) {
      return "ALREADY " + place.state;
    }
    EntryState to =
        switch (move) {
          case "enter" -> place.state == EntryState.CALLED ? EntryState.INSIDE : null;
          case "complete" -> place.state == EntryState.INSIDE ? EntryState.COMPLETED : null;
          case "no-show" -> place.state == EntryState.CALLED ? EntryState.NO_SHOW : null;
          default -> place.isActive() ? EntryState.LEFT : null;
        };
    if (to == null) {
      return "STATE " + place.state;
    }
    place.move(to);
    booth.fill();
    return "DONE " + place.state;
  }

  /** What the ledger must say. */
  private Map<String, String> paths() {
    Map<String, String> paths = new TreeMap<>();
    model
        .values()
        .forEach(
            booth ->
                booth.places.forEach(
                    place -> paths.put(Entry.id(place.queue, place.number), place.path)));
    return paths;
  }
}
