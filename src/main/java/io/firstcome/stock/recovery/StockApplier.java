package io.firstcome.stock.recovery;

import static io.firstcome.stock.model.SaleType.SALE;

import io.firstcome.durability.Acknowledge;
import io.firstcome.ledger.Announcement;
import io.firstcome.ledger.DeadLetter;
import io.firstcome.ledger.FencedApplier;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.RowInsert;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.stock.metrics.StockMetrics;
import io.firstcome.stock.model.Change;
import io.firstcome.stock.model.ReservationRecord;
import io.firstcome.stock.model.Strategy;
import io.firstcome.stock.script.StockScripts;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Writes what the scripts of a sale decided to MySQL, in whatever order it arrives and however
 * often.
 *
 * <p>An entry has reservations whole, as they stood after the decision. Of a reservation's states
 * MySQL keeps the later one, held or ended, and what that changes is booked to its items: so each
 * is booked once. Who ended in two ways is a conflict, and a dead letter.
 *
 * <p>The lock on the sale's row is shared: two who apply at once are kept apart by the locks on the
 * items.
 */
@Singleton
class StockApplier extends FencedApplier {

  private static final Logger LOG = Logger.getLogger(StockApplier.class);
  private static final String RESERVATIONS = "reservations";
  private static final String RESTOCK = "restock";
  private static final String ERASE = "erase-buyer";
  private static final String DEFINITION = "sale-definition";

  private final StockScripts scripts;
  private final StockMetrics metrics;
  private final RowInsert reservations;
  private final RowInsert restocks;
  private final RowInsert history;

  StockApplier(LedgerConfig config, StockScripts scripts, StockMetrics metrics) {
    super(SALE, config);
    this.scripts = scripts;
    this.metrics = metrics;
    this.reservations = StockChanges.reservationInsert(config.rowsPerInsert());
    this.restocks =
        RowInsert.into(
                "restock",
                config.rowsPerInsert(),
                "sale_id",
                "item_id",
                "idempotency_key",
                "quantity",
                "reason",
                "user_id",
                "made_at")
            .unique("sale_id", "item_id", "idempotency_key");
    this.history =
        RowInsert.into(
                "reservation_change",
                config.rowsPerInsert(),
                "sale_id",
                "reservation_id",
                "change_no",
                "kind",
                "changed_at",
                "changed_by",
                "reason")
            .unique("sale_id", "reservation_id", "change_no");
  }

  @Override
  public Set<String> kinds() {
    return Set.of(RESERVATIONS, StockChanges.CHANGE, RESTOCK, ERASE, DEFINITION);
  }

  @Override
  protected String columns() {
    return "acknowledge";
  }

  /**
   * Decisions leave a sale's row as it is, so that items which MySQL decides on are not held up.
   */
  @Override
  protected boolean changesRow(List<LedgerEntry> entries) {
    return entries.stream().anyMatch(entry -> entry.kind().equals(DEFINITION));
  }

  @Override
  protected List<DeadLetter> write(
      SqlTransaction tx, String saleId, Row row, List<LedgerEntry> entries) {
    List<DeadLetter> refused = new ArrayList<>();
    StockChanges changes = changes(tx, saleId);
    for (LedgerEntry entry : entries) {
      if (entry.kind().equals(RESTOCK)) {
        changes.restock(entry);
      } else if (entry.kind().equals(ERASE)) {
        // What the user reserved before is to be there.
        refused.addAll(written(tx, saleId, changes));
        changes = changes(tx, saleId);
        erase(tx, saleId, entry.text("user"), entry.text("pseudonym"));
      } else if (entry.kind().equals(DEFINITION)) {
        define(tx, saleId, entry);
      } else if (entry.kind().equals(StockChanges.CHANGE)) {
        changes.change(entry);
      } else {
        changes.reservations(entry);
      }
    }
    refused.addAll(written(tx, saleId, changes));
    if (Acknowledge.ofStored(row.getString(1)) == Acknowledge.DATABASE) {
      long epoch = row.getLong(0);
      tx.afterCommit(() -> scripts.announce(saleId, Announcement.look(epoch)));
    }
    return refused;
  }

  @Override
  protected Uni<?> fence(String saleId, long epoch) {
    return scripts.fence(saleId, epoch);
  }

  private StockChanges changes(SqlTransaction tx, String saleId) {
    return new StockChanges(tx, saleId, reservations, restocks, history);
  }

  private List<DeadLetter> written(SqlTransaction tx, String saleId, StockChanges changes) {
    List<DeadLetter> refused = changes.write();
    changes.ended().forEach(metrics::ended);
    changes.changed().forEach(kind -> metrics.changed(Strategy.HOT, Change.ofStored(kind)));
    List<String> back =
        changes.ended().stream()
            .filter(one -> !one.status().hasUnits())
            .map(ReservationRecord::id)
            .toList();
    if (!back.isEmpty()) {
      tx.afterCommit(
          () ->
              scripts
                  .strip(saleId, back)
                  .subscribe()
                  .with(
                      done -> {},
                      e ->
                          LOG.debugf(
                              "Could not delete the lines of ended reservations of sale %s; they"
                                  + " expire within a day: %s",
                              saleId, e.getMessage())));
    }
    return refused;
  }

  /** The later version wins, so that applying an old entry again changes nothing. */
  private static void define(SqlTransaction tx, String saleId, LedgerEntry entry) {
    tx.query(
        "UPDATE sale SET name = COALESCE(?, name), status = ?, opens_at = ?, closes_at = ?,"
            + " version = ? WHERE id = ? AND version < ?",
        entry.fields().get("name"),
        entry.text("status"),
        Micros.toDateTime(entry.number("opens")),
        Micros.toDateTime(entry.number("closes")),
        entry.number("version"),
        saleId,
        entry.number("version"));
  }

  private static void erase(SqlTransaction tx, String saleId, String userId, String pseudonym) {
    for (String table : List.of("reservation", "stock_request")) {
      tx.query(
          "UPDATE " + table + " SET user_id = ? WHERE sale_id = ? AND user_id = ?",
          pseudonym,
          saleId,
          userId);
    }
    tx.query(
        "UPDATE reservation_change SET changed_by = ? WHERE sale_id = ? AND changed_by = ?",
        pseudonym,
        saleId,
        userId);
    // Along the key, which has the item before the user.
    for (Row item : tx.query("SELECT id FROM item WHERE sale_id = ? ORDER BY id", saleId)) {
      tx.query(
          "UPDATE item_taker SET user_id = ? WHERE sale_id = ? AND item_id = ? AND user_id = ?",
          pseudonym,
          saleId,
          item.getString(0),
          userId);
    }
  }
}
