package io.firstcome.stock.recovery;

import static io.firstcome.stock.model.SaleType.SALE;

import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.AggregateType;
import io.firstcome.recovery.Loadable;
import io.firstcome.recovery.Staging;
import io.firstcome.recovery.Staging.Staged;
import io.firstcome.redis.Keys;
import io.firstcome.stock.model.Reservation.Status;
import io.firstcome.stock.model.ReservationRecord;
import io.firstcome.stock.model.SaleDefinition;
import io.firstcome.stock.script.StockScripts;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import jakarta.inject.Singleton;
import java.time.LocalDateTime;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * What is loaded of a sale: the numbers of its items, what users have of those that have a limit,
 * its restocks, all that is held, and what is younger than a key is remembered.
 */
@Singleton
public class SaleLoad implements Loadable {

  /** Reservations may have many lines: less of them at a time. */
  private static final int MAX_RESERVATIONS = 250;

  private static final String RESERVATION =
      "SELECT "
          + ReservationRecord.COLUMNS
          + " FROM reservation WHERE sale_id = ? AND strategy = 'HOT'";

  private final StockScripts scripts;

  SaleLoad(StockScripts scripts) {
    this.scripts = scripts;
  }

  @Override
  public AggregateType type() {
    return SALE;
  }

  @Override
  public ProblemType unknown() {
    return ProblemType.UNKNOWN_SALE;
  }

  @Override
  public Uni<?> read(String saleId) {
    return scripts.read(saleId);
  }

  @Override
  public String state(String saleId) {
    return Keys.saleState(Keys.sale(saleId));
  }

  /**
   * Without its state a sale is not whole to any release. It is always loaded anew: MySQL has all
   * of it once its ledger is drained.
   */
  @Override
  public void fence(Staging staging, long epoch) {
    staging.await(scripts.fence(staging.id(), epoch + 1));
  }

  @Override
  public String publish(Staging staging) {
    String saleId = staging.id();
    Row sale =
        staging
            .await(
                staging.query(
                    "SELECT epoch, UTC_TIMESTAMP(6), acknowledge, "
                        + SaleDefinition.COLUMNS
                        + " FROM sale WHERE id = ?",
                    staging.id()))
            .iterator()
            .next();
    long epoch = sale.getLong(0);
    LocalDateTime since = sale.getLocalDateTime(1).minus(StockScripts.REMEMBERED);
    Staged items = items(staging);
    Staged takers = takers(staging);
    Staged restocks = restocks(staging);
    AtomicLong held = new AtomicLong();
    long reservations = recent(staging, since, held).size() + older(staging, since, held).size();
    return staging.await(
        scripts.publish(
            saleId,
            staging.token(),
            List.of(
                String.valueOf(epoch),
                String.valueOf(items.size()),
                String.valueOf(reservations),
                String.valueOf(held.get()),
                String.valueOf(takers.size()),
                String.valueOf(restocks.size()),
                sale.getString(2)),
            SaleDefinition.of(sale.getDelegate())));
  }

  private Staged items(Staging staging) {
    return staging.stage(
        last ->
            staging.query(
                "SELECT id, total, available, held, sold, user_limit FROM item"
                    + " WHERE sale_id = ? AND strategy = 'HOT' AND id > ? ORDER BY id LIMIT ?",
                staging.id(),
                last == null ? "" : last.getString(0),
                staging.chunk()),
        staging.chunk(),
        row -> List.of(row.getString(0), numbers(row, 1)),
        members -> stage(staging, "stock", members));
  }

  /** {@code total available held sold limit}, in the columns from this one on. */
  public static String numbers(Row row, int from) {
    StringBuilder numbers = new StringBuilder();
    for (int i = from; i < from + 5; i++) {
      numbers.append(i == from ? "" : " ").append(row.getLong(i));
    }
    return numbers.toString();
  }

  private Staged takers(Staging staging) {
    return staging.stage(
        last ->
            pairs(
                staging,
                last,
                "SELECT t.item_id, t.user_id, t.quantity FROM item_taker t JOIN item i"
                    + " ON i.sale_id = t.sale_id AND i.id = t.item_id AND i.strategy = 'HOT'"
                    + " WHERE t.sale_id = ? AND t.quantity > 0",
                "t.user_id"),
        staging.chunk(),
        row -> List.of(row.getString(0) + " " + row.getString(1), row.getLong(2).toString()),
        members -> stage(staging, "takers", members));
  }

  private Staged restocks(Staging staging) {
    return staging.stage(
        last ->
            pairs(
                staging,
                last,
                "SELECT t.item_id, t.idempotency_key, t.quantity, t.reason FROM restock t"
                    + " JOIN item i ON i.sale_id = t.sale_id AND i.id = t.item_id"
                    + " AND i.strategy = 'HOT' WHERE t.sale_id = ?",
                "t.idempotency_key"),
        staging.chunk(),
        row ->
            List.of(
                row.getString(0) + " " + row.getString(1), row.getLong(2) + " " + row.getString(3)),
        members -> stage(staging, "restocks", members));
  }

  /** A page by item and another column, the second one selected. */
  private static Uni<RowSet<Row>> pairs(Staging staging, Row last, String sql, String second) {
    String item = last == null ? "" : last.getString(0);
    return staging.query(
        sql
            + " AND (t.item_id > ? OR t.item_id = ? AND "
            + second
            + " > ?) ORDER BY t.item_id, "
            + second
            + " LIMIT ?",
        staging.id(),
        item,
        item,
        last == null ? "" : last.getString(1),
        staging.chunk());
  }

  private Staged recent(Staging staging, LocalDateTime since, AtomicLong held) {
    return reservations(
        staging,
        last -> {
          LocalDateTime at = last == null ? since : last.getLocalDateTime("created_at");
          return staging.query(
              RESERVATION
                  + " AND created_at >= ? AND (created_at > ? OR id > ?)"
                  + " ORDER BY created_at, id LIMIT ?",
              staging.id(),
              at,
              at,
              last == null ? "" : last.getString("id"),
              chunk(staging));
        },
        held);
  }

  /** Held for longer than a key is remembered: nobody was there to notice that its time was up. */
  private Staged older(Staging staging, LocalDateTime since, AtomicLong held) {
    return reservations(
        staging,
        last ->
            staging.query(
                RESERVATION
                    + " AND status = 'HELD' AND created_at < ? AND id > ? ORDER BY id LIMIT ?",
                staging.id(),
                since,
                last == null ? "" : last.getString("id"),
                chunk(staging)),
        held);
  }

  private Staged reservations(
      Staging staging, Function<Row, Uni<RowSet<Row>>> page, AtomicLong held) {
    return staging.stage(
        page,
        chunk(staging),
        row -> {
          ReservationRecord reservation = ReservationRecord.of(row.getDelegate());
          if (reservation.status() == Status.HELD) {
            held.incrementAndGet();
          }
          return List.of(reservation.id(), reservation.kept().text());
        },
        members -> stage(staging, "reservations", members));
  }

  private static int chunk(Staging staging) {
    return Math.min(staging.chunk(), MAX_RESERVATIONS);
  }

  private Uni<Boolean> stage(Staging staging, String part, List<String> members) {
    return scripts.stage(staging.id(), staging.token(), staging.ttl(), part, members);
  }
}
