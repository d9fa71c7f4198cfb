package io.firstcome.stock.recovery;

import io.firstcome.ledger.DeadLetter;
import io.firstcome.ledger.DeadLetter.Reason;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.ledger.MalformedEntryException;
import io.firstcome.mysql.In;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.RowInsert;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.stock.model.Reservation.Status;
import io.firstcome.stock.model.ReservationIds;
import io.firstcome.stock.model.ReservationLine;
import io.firstcome.stock.model.ReservationRecord;
import io.firstcome.stock.model.Strategy;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a batch of a sale's ledger comes to, written in as few statements as can be. */
final class StockChanges {

  /** Kind of an entry that says who changed a reservation, and why. */
  static final String CHANGE = "reservation-change";

  /** A reservation as this batch leaves it, and the entry that says so. */
  private record Told(
      ReservationRecord reservation,
      List<ReservationLine> lines,
      LedgerEntry entry,
      boolean isNew) {}

  /** What is added to an item's numbers. */
  private static final class Numbers {
    long total;
    long available;
    long held;
    long sold;
  }

  private record Taker(String itemId, String userId) implements Comparable<Taker> {
    @Override
    public int compareTo(Taker other) {
      int byItem = itemId.compareTo(other.itemId);
      return byItem != 0 ? byItem : userId.compareTo(other.userId);
    }
  }

  private final SqlTransaction tx;
  private final String saleId;
  private final RowInsert reservationInsert;
  private final RowInsert restockInsert;
  private final RowInsert changeInsert;

  private final Map<String, Told> told = new LinkedHashMap<>();
  private final List<LedgerEntry> restocks = new ArrayList<>();
  private final List<LedgerEntry> changes = new ArrayList<>();
  private final List<DeadLetter> refused = new ArrayList<>();
  private final Map<String, Long> limits = new HashMap<>();
  private final TreeMap<String, Numbers> numbers = new TreeMap<>();
  private final TreeMap<Taker, Long> takers = new TreeMap<>();
  private final List<ReservationRecord> ended = new ArrayList<>();
  private final List<String> changed = new ArrayList<>();

  StockChanges(
      SqlTransaction tx,
      String saleId,
      RowInsert reservationInsert,
      RowInsert restockInsert,
      RowInsert changeInsert) {
    this.tx = tx;
    this.saleId = saleId;
    this.reservationInsert = reservationInsert;
    this.restockInsert = restockInsert;
    this.changeInsert = changeInsert;
  }

  static RowInsert reservationInsert(int rowsPerInsert) {
    return RowInsert.into(
            "reservation",
            rowsPerInsert,
            "sale_id",
            "id",
            "user_id",
            "status",
            "strategy",
            "line_items",
            "idempotency_key",
            "request",
            "created_at",
            "expires_at",
            "ended_at",
            "changes")
        .unique("sale_id", "id");
  }

  void restock(LedgerEntry entry) {
    entry.number("quantity");
    entry.text("item");
    restocks.add(entry);
  }

  void reservations(LedgerEntry entry) {
    entry.forEachPart((name, value) -> add(entry, name, value));
  }

  /** A reservation that was changed otherwise than by its end. */
  void change(LedgerEntry entry) {
    entry.text("change");
    entry.text("user");
    entry.text("reason");
    add(entry, entry.text("reservation"), entry.text("state"));
    changes.add(entry);
  }

  private void add(LedgerEntry entry, String id, String text) {
    if (!ReservationIds.isValid(id)) {
      throw new MalformedEntryException(entry, "Not the id of a reservation: " + id);
    }
    ReservationRecord next;
    List<ReservationLine> lines;
    try {
      next = ReservationRecord.of(id, text);
      lines = next.decodedLines();
    } catch (RuntimeException e) {
      throw new MalformedEntryException(entry, e.getMessage());
    }
    Told before = told.get(id);
    if (before == null) {
      told.put(id, new Told(next, lines, entry, next.changes() == 0));
    } else if (next.contradicts(before.reservation())) {
      refuse(
          next, entry, Reason.CONFLICT, "The ledger also has it as " + before.reservation().text());
    } else if (next.follows(before.reservation())) {
      told.put(id, new Told(next, lines, entry, before.isNew()));
    }
  }

  /** Writes all of it; says what is refused for good. */
  List<DeadLetter> write() {
    lockItems();
    writeRestocks();
    writeReservations();
    writeChanges();
    writeNumbers();
    writeTakers();
    return refused;
  }

  /** What has ended by this batch and not before. */
  List<ReservationRecord> ended() {
    return ended;
  }

  /** The kinds of changes that this batch has written and none before. */
  List<String> changed() {
    return changed;
  }

  /** In one order, whoever does it. Whose items are not there is refused. */
  private void lockItems() {
    TreeSet<String> items = new TreeSet<>();
    restocks.forEach(entry -> items.add(entry.text("item")));
    for (Told one : told.values()) {
      one.lines().forEach(line -> items.add(line.itemId()));
    }
    for (List<String> some : In.parts(items)) {
      In ids = In.of(some);
      for (Row row :
          tx.query(
              "SELECT id, user_limit FROM item WHERE sale_id = ? AND id IN "
                  + ids.marks()
                  + " ORDER BY id FOR UPDATE",
              ids.after(saleId))) {
        limits.put(row.getString(0), row.getLong(1));
      }
    }
    told.values()
        .removeIf(
            one -> {
              boolean isThere =
                  one.lines().stream().allMatch(line -> limits.containsKey(line.itemId()));
              if (!isThere) {
                refuse(
                    one.reservation(),
                    one.entry(),
                    Reason.FOREIGN_KEY,
                    "MySQL does not have its items");
              }
              return !isThere;
            });
    restocks.removeIf(
        entry -> {
          boolean isThere = limits.containsKey(entry.text("item"));
          if (!isThere) {
            refused.add(new DeadLetter(entry, Reason.FOREIGN_KEY, "MySQL does not have its item"));
          }
          return !isThere;
        });
  }

  private void writeRestocks() {
    List<List<Object>> rows = new ArrayList<>();
    for (LedgerEntry entry : restocks) {
      rows.add(
          Arrays.asList(
              saleId,
              entry.text("item"),
              entry.text("key"),
              entry.number("quantity"),
              entry.text("reason"),
              entry.text("user"),
              Micros.toDateTime(entry.at())));
    }
    List<RowInsert.Outcome> outcomes = restockInsert.insert(tx, rows);
    for (int i = 0; i < restocks.size(); i++) {
      LedgerEntry entry = restocks.get(i);
      RowInsert.Outcome outcome = outcomes.get(i);
      if (outcome.refused()) {
        refused.add(new DeadLetter(entry, Reason.of(outcome.reason()), outcome.detail()));
      } else if (outcome.status() == RowInsert.Status.WRITTEN) {
        Numbers item = numbersOf(entry.text("item"));
        item.total += entry.number("quantity");
        item.available += entry.number("quantity");
      }
    }
  }

  private void writeReservations() {
    // What began in this batch is not there, unless it is applied again.
    Map<String, ReservationRecord> there =
        existing(told.values().stream().filter(one -> !one.isNew()).map(StockChanges::id).toList());
    List<Told> missing = new ArrayList<>();
    List<Told> later = new ArrayList<>();
    for (Told one : told.values()) {
      (there.containsKey(id(one)) ? later : missing).add(one);
    }
    List<RowInsert.Outcome> outcomes =
        reservationInsert.insert(tx, missing.stream().map(this::row).toList());
    List<Told> surprising = new ArrayList<>();
    for (int i = 0; i < missing.size(); i++) {
      RowInsert.Outcome outcome = outcomes.get(i);
      switch (outcome.status()) {
        case WRITTEN -> book(null, missing.get(i));
        case REPLAY -> {}
        case CONFLICT -> surprising.add(missing.get(i));
        case REFUSED ->
            refuse(
                missing.get(i).reservation(),
                missing.get(i).entry(),
                Reason.of(outcome.reason()),
                outcome.detail());
      }
    }
    there.putAll(existing(surprising.stream().map(StockChanges::id).toList()));
    later.addAll(surprising);
    end(later, there);
  }

  /** Those that are there: the later state counts. */
  private void end(List<Told> later, Map<String, ReservationRecord> there) {
    EnumMap<Status, List<ReservationRecord>> byStatus = new EnumMap<>(Status.class);
    for (Told one : later) {
      ReservationRecord before = there.get(id(one));
      ReservationRecord now = one.reservation();
      if (before == null || now.contradicts(before)) {
        refuse(
            now,
            one.entry(),
            Reason.CONFLICT,
            "MySQL has it as " + (before == null ? "something else" : before.text()));
      } else if (now.follows(before)) {
        if (before.changes() == 0 && now.changes() == 1 && now.status() != Status.HELD) {
          byStatus.computeIfAbsent(now.status(), status -> new ArrayList<>()).add(now);
        } else {
          update(before, now);
        }
        book(before, one);
      }
    }
    byStatus.forEach(
        (status, reservations) -> In.parts(reservations).forEach(some -> end(status, some)));
  }

  /** Ends what was held and nothing else, as most are. */
  private void end(Status status, List<ReservationRecord> reservations) {
    In ids = In.of(reservations.stream().map(ReservationRecord::id).toList());
    Map<Object, Object> ends = new HashMap<>();
    reservations.forEach(one -> ends.put(one.id(), Micros.toDateTime(one.endedMicros())));
    List<Object> params = new ArrayList<>();
    params.add(status.name());
    for (Object id : ids.values()) {
      params.add(id);
      params.add(ends.get(id));
    }
    params.add(saleId);
    params.addAll(ids.values());
    tx.query(
        "UPDATE reservation SET status = ?, changes = 1, ended_at = CASE id"
            + " WHEN ? THEN ?".repeat(ids.values().size())
            + " END WHERE sale_id = ? AND status = 'HELD' AND id IN "
            + ids.marks(),
        params.toArray());
  }

  /** The row is locked. */
  private void update(ReservationRecord before, ReservationRecord now) {
    tx.query(
        "UPDATE reservation SET status = ?, changes = ?, expires_at = ?, ended_at = ?"
            + " WHERE sale_id = ? AND id = ? AND status = ?",
        now.status().name(),
        now.changes(),
        Micros.toDateTime(now.expiresMicros()),
        Micros.toDateTime(now.endedMicros()),
        saleId,
        now.id(),
        before.status().name());
  }

  /** Who changed what is written, and why; what was refused is in no table. */
  private void writeChanges() {
    if (changes.isEmpty()) {
      return;
    }
    Set<String> lost = new HashSet<>();
    refused.forEach(letter -> lost.add(letter.entry().fields().get("reservation")));
    List<LedgerEntry> kept =
        changes.stream().filter(entry -> !lost.contains(entry.text("reservation"))).toList();
    List<RowInsert.Outcome> outcomes =
        changeInsert.insert(tx, kept.stream().map(this::changeRow).toList());
    for (int i = 0; i < kept.size(); i++) {
      RowInsert.Outcome outcome = outcomes.get(i);
      if (outcome.refused()) {
        refused.add(new DeadLetter(kept.get(i), Reason.of(outcome.reason()), outcome.detail()));
      } else if (outcome.status() == RowInsert.Status.WRITTEN) {
        changed.add(kept.get(i).text("change"));
      }
    }
  }

  private List<Object> changeRow(LedgerEntry entry) {
    String id = entry.text("reservation");
    return Arrays.asList(
        saleId,
        id,
        (long) ReservationRecord.of(id, entry.text("state")).changes(),
        entry.text("change"),
        Micros.toDateTime(entry.at()),
        entry.text("user"),
        entry.text("reason"));
  }

  private Map<String, ReservationRecord> existing(List<String> ids) {
    Map<String, ReservationRecord> there = new HashMap<>();
    for (List<String> some : In.parts(ids)) {
      In in = In.of(some);
      for (Row row :
          tx.query(
              ReservationRecord.SELECT + "id IN " + in.marks() + " FOR UPDATE", in.after(saleId))) {
        there.put(row.getString("id"), ReservationRecord.of(row));
      }
    }
    return there;
  }

  private List<Object> row(Told one) {
    ReservationRecord reservation = one.reservation();
    return Arrays.asList(
        saleId,
        reservation.id(),
        reservation.userId(),
        reservation.status().name(),
        Strategy.HOT.name(),
        reservation.lines(),
        reservation.key(),
        reservation.request(),
        Micros.toDateTime(reservation.createdMicros()),
        Micros.toDateTime(reservation.expiresMicros()),
        Micros.toDateTime(reservation.endedMicros()),
        (long) reservation.changes());
  }

  /** Books the difference to the items, and to what the user has of those that have a limit. */
  private void book(ReservationRecord before, Told one) {
    ReservationRecord now = one.reservation();
    if (now.status() != Status.HELD) {
      ended.add(now);
    }
    // Before it was made its units were available, as after it was cancelled.
    Status from = before == null ? Status.CANCELLED : before.status();
    int taken = (now.status().hasUnits() ? 1 : 0) - (from.hasUnits() ? 1 : 0);
    for (ReservationLine line : one.lines()) {
      long units = line.granted();
      if (units > 0) {
        Numbers item = numbersOf(line.itemId());
        book(item, from, -units);
        book(item, now.status(), units);
        if (taken != 0 && limits.get(line.itemId()) > 0) {
          takers.merge(new Taker(line.itemId(), now.userId()), taken * units, Long::sum);
        }
      }
    }
  }

  private static void book(Numbers item, Status status, long units) {
    switch (status) {
      case HELD -> item.held += units;
      case CONFIRMED -> item.sold += units;
      default -> item.available += units;
    }
  }

  private Numbers numbersOf(String itemId) {
    return numbers.computeIfAbsent(itemId, id -> new Numbers());
  }

  private void writeNumbers() {
    numbers.forEach(
        (itemId, item) ->
            tx.query(
                "UPDATE item SET total = total + ?, available = available + ?, held = held + ?,"
                    + " sold = sold + ?, version = version + 1 WHERE sale_id = ? AND id = ?",
                item.total,
                item.available,
                item.held,
                item.sold,
                saleId,
                itemId));
  }

  private void writeTakers() {
    takers.values().removeIf(units -> units == 0);
    for (List<Map.Entry<Taker, Long>> some : In.parts(takers.entrySet())) {
      List<Object> params = new ArrayList<>();
      int rows = In.paddedSize(some.size());
      for (Map.Entry<Taker, Long> taker : some) {
        params.addAll(
            List.of(saleId, taker.getKey().itemId(), taker.getKey().userId(), taker.getValue()));
      }
      // Once more, and nothing more.
      Taker last = some.get(some.size() - 1).getKey();
      for (int i = some.size(); i < rows; i++) {
        params.addAll(List.of(saleId, last.itemId(), last.userId(), 0L));
      }
      tx.query(
          "INSERT INTO item_taker (sale_id, item_id, user_id, quantity) VALUES (?, ?, ?, ?)"
              + ", (?, ?, ?, ?)".repeat(rows - 1)
              + " ON DUPLICATE KEY UPDATE quantity = quantity + VALUES(quantity)",
          params.toArray());
    }
  }

  private void refuse(
      ReservationRecord reservation, LedgerEntry entry, Reason reason, String detail) {
    LedgerEntry part =
        entry.kind().equals(CHANGE) ? entry : entry.only(reservation.id(), reservation.text());
    refused.add(new DeadLetter(part, reason, detail));
  }

  private static String id(Told one) {
    return one.reservation().id();
  }
}
