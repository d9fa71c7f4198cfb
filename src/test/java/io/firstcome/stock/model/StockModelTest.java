package io.firstcome.stock.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.http.problem.ProblemException;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.firstcome.stock.SaleFixture;
import io.firstcome.stock.model.Reservation.Status;
import io.firstcome.stock.script.StockScripts;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
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
 * Random operations on the scripts and on a plain model side by side: they must always agree, and
 * what the ledger tells, put together in any order, must be what Redis holds.
 */
class StockModelTest {

  private static final Map<String, long[]> ITEMS =
      Map.of("a", new long[] {5, 0}, "b", new long[] {4, 2}, "c", new long[] {1, 0});

  /** What may be done to a sale. */
  sealed interface Operation {
    record Reserve(
        String user,
        String key,
        ReservationRequest.Mode mode,
        boolean expires,
        Map<String, Long> items)
        implements Operation {}

    record Settle(boolean confirm, int which, String user) implements Operation {}

    record Change(io.firstcome.stock.model.Change what, int which, boolean expires)
        implements Operation {}

    record Restock(String item, String key, long units) implements Operation {}

    record Sweep(int most) implements Operation {}

    record LoseAndLoad() implements Operation {}
  }

  /** A reservation of the model. */
  private static final class Held {
    final String user;
    boolean expires;
    final List<ReservationLine> lines;
    Status status = Status.HELD;
    int changes;

    Held(String user, boolean expires, List<ReservationLine> lines) {
      this.user = user;
      this.expires = expires;
      this.lines = lines;
    }

    void become(Status next) {
      status = next;
      changes++;
    }
  }

  /**
   * The rules in a few lines of Java. Nothing is counted twice: all is told by the reservations.
   */
  private static final class Model {
    final TreeMap<String, Long> totals = new TreeMap<>();
    final Map<String, Held> reservations = new LinkedHashMap<>();
    final Map<String, String> requests = new HashMap<>();
    final Map<String, String> answers = new HashMap<>();
    final Map<String, Long> restocks = new HashMap<>();

    Model() {
      ITEMS.forEach((item, n) -> totals.put(item, n[0]));
    }

    long units(String item, Status status) {
      return reservations.values().stream()
          .filter(r -> r.status == status)
          .flatMap(r -> r.lines.stream())
          .filter(line -> line.itemId().equals(item))
          .mapToLong(ReservationLine::granted)
          .sum();
    }

    long available(String item) {
      return totals.get(item) - units(item, Status.HELD) - units(item, Status.CONFIRMED);
    }

    long taken(String item, String user) {
      return reservations.values().stream()
          .filter(r -> r.user.equals(user))
          .filter(r -> r.status == Status.HELD || r.status == Status.CONFIRMED)
          .flatMap(r -> r.lines.stream())
          .filter(line -> line.itemId().equals(item))
          .mapToLong(ReservationLine::granted)
          .sum();
    }

    void timePasses() {
      reservations.values().stream()
          .filter(r -> r.status == Status.HELD && r.expires)
          .forEach(r -> r.become(Status.EXPIRED));
    }

    String reserve(String id, ReservationRequest order, boolean expires) {
      String field = order.userId() + " " + order.key();
      if (requests.containsKey(field)) {
        return requests.get(field).equals(order.request())
            ? again(answers.get(field))
            : "idempotency-mismatch";
      }
      for (String item : order.quantities().keySet()) {
        if (!totals.containsKey(item)) {
          return "unknown-item";
        }
      }
      List<ReservationLine> lines = new ArrayList<>();
      boolean complete = true;
      for (Map.Entry<String, Long> wanted : order.quantities().entrySet()) {
        String item = wanted.getKey();
        long limit = ITEMS.get(item)[1];
        long allowed =
            limit == 0 ? wanted.getValue() : Math.max(0, limit - taken(item, order.userId()));
        long granted = Math.min(wanted.getValue(), Math.min(available(item), allowed));
        ReservationLine.Reason reason =
            granted == wanted.getValue()
                ? null
                : allowed <= available(item)
                    ? ReservationLine.Reason.USER_LIMIT
                    : ReservationLine.Reason.INSUFFICIENT_STOCK;
        complete &= reason == null;
        lines.add(new ReservationLine(item, wanted.getValue(), granted, reason));
      }
      boolean all = order.mode() == ReservationRequest.Mode.ALL_OR_NOTHING;
      boolean none = lines.stream().allMatch(line -> line.granted() == 0) || all && !complete;
      if (none && all) {
        lines.replaceAll(
            line ->
                new ReservationLine(
                    line.itemId(),
                    line.requested(),
                    0,
                    line.reason() == null ? ReservationLine.Reason.OTHER_LINE : line.reason()));
      }
      if (!none) {
        reservations.put(id, new Held(order.userId(), expires, lines));
      }
      String answer = (none ? "REFUSED null " : "HELD " + id + " ") + ReservationLine.encode(lines);
      requests.put(field, order.request());
      answers.put(field, answer);
      return answer;
    }

    /** The same answer, with the status of now. */
    private String again(String answer) {
      String[] words = answer.split(" ", 2);
      Held held = reservations.get(words[1].split(" ")[0]);
      return (held == null ? words[0] : held.status) + " " + words[1] + " again";
    }

    String settle(String id, boolean confirm, String user) {
      Held held = reservations.get(id);
      if (held == null || user != null && !held.user.equals(user)) {
        return null;
      }
      if (held.status == Status.HELD) {
        held.become(confirm ? Status.CONFIRMED : Status.CANCELLED);
      }
      return held.status.name();
    }

    /** The number of changes and the status, or why it cannot be taken again. */
    String change(Change what, String id, boolean expires) {
      Held held = reservations.get(id);
      if (held == null) {
        return null;
      }
      switch (what) {
        case EXTENDED -> {
          if (held.status == Status.HELD && held.changes == 0 && !expires) {
            held.changes++;
          }
        }
        case UNDONE -> {
          if (held.status == Status.CONFIRMED) {
            held.become(Status.UNDONE);
          }
        }
        case TAKEN_AGAIN -> {
          if (held.status == Status.EXPIRED) {
            String reasons = reasons(held);
            if (!reasons.matches("-*")) {
              return reasons;
            }
            held.become(Status.HELD);
            held.expires = expires;
          }
        }
      }
      return held.changes + " " + held.status;
    }

    private String reasons(Held held) {
      StringBuilder reasons = new StringBuilder();
      for (ReservationLine line : held.lines) {
        long limit = ITEMS.get(line.itemId())[1];
        long allowed =
            limit == 0 ? line.granted() : Math.max(0, limit - taken(line.itemId(), held.user));
        long there = available(line.itemId());
        boolean fits = line.granted() <= Math.min(there, allowed);
        reasons.append(fits ? '-' : allowed <= there ? 'u' : 's');
      }
      return reasons.toString();
    }

    String restock(String item, String key, long units) {
      Long before = restocks.get(item + " " + key);
      if (before != null) {
        return before == units ? null : "MISMATCH";
      }
      if (available(item) + units < 0) {
        return "INSUFFICIENT";
      }
      restocks.put(item + " " + key, units);
      totals.merge(item, units, Long::sum);
      return null;
    }

    String numbers(String item) {
      return totals.get(item)
          + " "
          + available(item)
          + " "
          + units(item, Status.HELD)
          + " "
          + units(item, Status.CONFIRMED);
    }
  }

  /** What MySQL would hold: the ledger's entries put together. */
  private static final class History {
    final Map<String, ReservationRecord> reservations = new LinkedHashMap<>();
    final Map<String, Long> restocks = new HashMap<>();

    void apply(List<Map<String, String>> entries) {
      for (Map<String, String> entry : entries) {
        if (entry.get("kind").equals("restock")) {
          restocks.put(
              entry.get("item") + " " + entry.get("key"), Long.parseLong(entry.get("quantity")));
          continue;
        }
        if (entry.get("kind").equals("reservation-change")) {
          tell(entry.get("reservation"), entry.get("state"));
          continue;
        }
        entry.forEach(
            (id, text) -> {
              if (ReservationIds.isValid(id)) {
                tell(id, text);
              }
            });
      }
    }

    private void tell(String id, String text) {
      reservations.merge(
          id,
          ReservationRecord.of(id, text),
          (a, b) -> {
            assertThat(a.contradicts(b)).as("%s and %s", a, b).isFalse();
            return b.follows(a) ? b : a;
          });
    }

    Map<String, String> items() {
      Map<String, String> items = new TreeMap<>();
      ITEMS.forEach(
          (item, n) -> {
            long total = n[0];
            for (Map.Entry<String, Long> restock : restocks.entrySet()) {
              total += restock.getKey().startsWith(item + " ") ? restock.getValue() : 0;
            }
            long held = units(item, Status.HELD);
            long sold = units(item, Status.CONFIRMED);
            items.put(item, SaleFixture.numbers(total, total - held - sold, held, sold, n[1]));
          });
      return items;
    }

    private long units(String item, Status status) {
      return reservations.values().stream()
          .filter(r -> r.status() == status)
          .flatMap(r -> r.decodedLines().stream())
          .filter(line -> line.itemId().equals(item))
          .mapToLong(ReservationLine::granted)
          .sum();
    }

    Map<String, String> takers() {
      Map<String, Long> takers = new TreeMap<>();
      for (ReservationRecord one : reservations.values()) {
        if (one.status() == Status.HELD || one.status() == Status.CONFIRMED) {
          for (ReservationLine line : one.decodedLines()) {
            if (ITEMS.get(line.itemId())[1] > 0 && line.granted() > 0) {
              takers.merge(line.itemId() + " " + one.userId(), line.granted(), Long::sum);
            }
          }
        }
      }
      Map<String, String> text = new TreeMap<>();
      takers.forEach((taker, units) -> text.put(taker, units.toString()));
      return text;
    }
  }

  @Property(tries = 150)
  void theScriptsFollowTheModel(@ForAll("operations") List<Operation> operations) {
    SaleFixture sale = new SaleFixture(RealRedis.shared());
    Map<String, String> items = new TreeMap<>();
    ITEMS.forEach((item, n) -> items.put(item, SaleFixture.numbers(n[0], n[0], 0, 0, n[1])));
    sale.publish(items, List.of(), Map.of(), Map.of());
    Model model = new Model();
    History history = new History();
    List<String> ids = new ArrayList<>();

    for (Operation operation : operations) {
      model.timePasses();
      if (operation instanceof Operation.Reserve reserve) {
        Duration ttl = reserve.expires() ? SaleFixture.SHORT : SaleFixture.LONG;
        ReservationRequest order =
            sale.order(reserve.user(), reserve.key(), reserve.mode(), ttl, reserve.items());
        String id = ReservationIds.next(Strategy.HOT);
        assertThat(reserve(sale, id, order)).isEqualTo(model.reserve(id, order, reserve.expires()));
        if (model.reservations.containsKey(id)) {
          ids.add(id);
        }
      } else if (operation instanceof Operation.Settle settle) {
        String id =
            ids.isEmpty()
                ? ReservationIds.next(Strategy.HOT)
                : ids.get(settle.which() % ids.size());
        Reservation now = settle.confirm() ? sale.confirm(id) : sale.cancel(id, settle.user());
        assertThat(now == null ? null : now.status().name())
            .isEqualTo(model.settle(id, settle.confirm(), settle.confirm() ? null : settle.user()));
      } else if (operation instanceof Operation.Change change) {
        String id =
            ids.isEmpty()
                ? ReservationIds.next(Strategy.HOT)
                : ids.get(change.which() % ids.size());
        Duration time = change.expires() ? SaleFixture.SHORT : SaleFixture.LONG.plusHours(1);
        assertThat(changed(sale.change(change.what(), id, time, null)))
            .isEqualTo(model.change(change.what(), id, change.expires()));
      } else if (operation instanceof Operation.Restock restock) {
        assertThat(sale.restock(restock.item(), restock.key(), restock.units()).refusal())
            .isEqualTo(model.restock(restock.item(), restock.key(), restock.units()));
      } else if (operation instanceof Operation.Sweep sweep) {
        SaleFixture.await(sale.scripts.sweep(sale.id, sweep.most(), 1_000, 1_000));
      } else {
        loseAndLoad(sale, history, model);
      }
      model.timePasses();
      for (String item : ITEMS.keySet()) {
        assertThat(sale.level(item)).as("numbers of " + item).isEqualTo(model.numbers(item));
      }
      for (String id : ids) {
        assertThat(sale.read(id).status()).isEqualTo(model.reservations.get(id).status);
      }
    }
    List<Map<String, String>> entries = sale.ledger();
    java.util.Collections.reverse(entries);
    history.apply(entries);
    ITEMS
        .keySet()
        .forEach(
            item -> assertThat(history.items().get(item)).startsWith(model.numbers(item) + " "));
    Map<String, String> takers = history.takers();
    takers.putAll(ofUsers(sale));
    assertThat(inRedis(sale, "takers")).isEqualTo(takers);
  }

  private static String changed(StockScripts.Changed changed) {
    if (changed.reasons() != null || changed.answer() == null) {
      return changed.reasons();
    }
    return changed.answer().changes() + " " + changed.answer().reservation().status();
  }

  private static String reserve(SaleFixture sale, String id, ReservationRequest order) {
    try {
      Reservation got = SaleFixture.await(sale.scripts.reserve(id, order)).result(0, id, order);
      return got.status()
          + " "
          + got.id()
          + " "
          + ReservationLine.encode(got.lines())
          + (got.replayed() ? " again" : "");
    } catch (ProblemException e) {
      return e.problem().type().slug();
    }
  }

  /** What is held, kept and refused of each user, counted anew. */
  private static Map<String, String> ofUsers(SaleFixture sale) {
    Map<String, Long> counts = new TreeMap<>();
    inRedis(sale, "reservations")
        .forEach(
            (id, text) -> {
              ReservationRecord one = ReservationRecord.of(id, text);
              long units = one.status() == Status.HELD ? 100_001 : 100_000;
              counts.merge("* " + one.userId(), units, Long::sum);
            });
    inRedis(sale, "requests")
        .forEach(
            (field, request) -> {
              if (request.contains(" R ")) {
                counts.merge("* " + field.split(" ")[0], 10_000_000_000L, Long::sum);
              }
            });
    Map<String, String> text = new TreeMap<>();
    counts.forEach((user, units) -> text.put(user, units.toString()));
    return text;
  }

  /** Refusals alone are not known again. */
  private static void loseAndLoad(SaleFixture sale, History history, Model model) {
    history.apply(sale.ledger());
    for (String key : Keys.ofSale(sale.tag)) {
      sale.redis.send(Command.DEL, key);
    }
    Map<String, String> restocks = new TreeMap<>();
    history.restocks.forEach((key, units) -> restocks.put(key, units + " a reason"));
    sale.publish(
        history.items(), List.copyOf(history.reservations.values()), history.takers(), restocks);
    model.answers.entrySet().removeIf(answer -> answer.getValue().startsWith("REFUSED"));
    model.requests.keySet().retainAll(model.answers.keySet());
  }

  private static Map<String, String> inRedis(SaleFixture sale, String part) {
    Map<String, String> all = new TreeMap<>();
    io.vertx.redis.client.Response reply =
        sale.redis.send(Command.HGETALL, "fc:{" + sale.tag + "}:" + part);
    for (String field : reply.getKeys()) {
      all.put(field, reply.get(field).toString());
    }
    return all;
  }

  @Provide
  Arbitrary<List<Operation>> operations() {
    Arbitrary<String> users = Arbitraries.of("alice", "bob", "carol");
    Arbitrary<String> items = Arbitraries.of("a", "b", "c");
    Arbitrary<Map<String, Long>> wanted =
        Arbitraries.maps(
                Arbitraries.frequencyOf(
                    Tuple.of(20, items), Tuple.of(1, Arbitraries.just("nothing"))),
                Arbitraries.longs().between(1, 3))
            .ofMinSize(1)
            .ofMaxSize(3);
    Arbitrary<Operation> reserve =
        Combinators.combine(
                users,
                Arbitraries.of("k1", "k2", "k3", "k4", "k5", "k6"),
                Arbitraries.of(ReservationRequest.Mode.values()),
                Arbitraries.of(true, false, false),
                wanted)
            .as(Operation.Reserve::new);
    Arbitrary<Operation> settle =
        Combinators.combine(
                Arbitraries.of(true, false),
                Arbitraries.integers().between(0, 20),
                users.injectNull(0.5))
            .as(Operation.Settle::new);
    Arbitrary<Operation> restock =
        Combinators.combine(
                items, Arbitraries.of("r1", "r2", "r3"), Arbitraries.of(-2L, -1L, 1L, 3L))
            .as(Operation.Restock::new);
    Arbitrary<Operation> change =
        Combinators.combine(
                Arbitraries.of(Change.values()),
                Arbitraries.integers().between(0, 20),
                Arbitraries.of(true, false))
            .as(Operation.Change::new);
    return Arbitraries.frequencyOf(
            Tuple.of(10, reserve),
            Tuple.of(5, settle),
            Tuple.of(5, change),
            Tuple.of(2, restock),
            Tuple.of(1, Arbitraries.integers().between(1, 3).map(Operation.Sweep::new)),
            Tuple.of(1, Arbitraries.just(new Operation.LoseAndLoad())))
        .list()
        .ofMinSize(1)
        .ofMaxSize(30);
  }
}
