package io.firstcome.stock;

import static io.firstcome.stock.model.SaleType.SALE;

import io.firstcome.durability.Acknowledge;
import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.Announcement;
import io.firstcome.ledger.DeadLetter;
import io.firstcome.ledger.DeadLetter.Reason;
import io.firstcome.ledger.LedgerApplier;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.ledger.MySqlBehindException;
import io.firstcome.mysql.RowInsert;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.redis.Keys;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
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
 * <p>Holds a lock on the sale's row throughout, so that a loader, which raises the epoch there,
 * comes either before (then every older entry is refused) or after (then it reads all that was
 * written). It is shared, so that items which MySQL decides on are not held up; two who apply at
 * once are kept apart by the locks on the items.
 */
@ApplicationScoped
class StockApplier implements LedgerApplier {

  private static final Logger LOG = Logger.getLogger(StockApplier.class);
  private static final String RESERVATIONS = "reservations";
  private static final String RESTOCK = "restock";
  private static final String ERASE = "erase-buyer";

  private final StockScripts scripts;
  private final StockMetrics metrics;
  private final Duration patience;
  private final RowInsert reservations;
  private final RowInsert restocks;

  StockApplier(LedgerConfig config, StockScripts scripts, StockMetrics metrics) {
    this.scripts = scripts;
    this.metrics = metrics;
    this.patience = config.statementTimeout();
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
  }

  @Override
  public AggregateType type() {
    return SALE;
  }

  @Override
  public Set<String> kinds() {
    return Set.of(RESERVATIONS, RESTOCK, ERASE);
  }

  @Override
  public List<DeadLetter> apply(SqlTransaction tx, String tag, List<LedgerEntry> entries) {
    String saleId = Keys.saleOf(tag);
    Row sale = lock(tx, saleId);
    Long epoch = sale == null ? null : sale.getLong(0);
    boolean fenced = false;
    List<DeadLetter> refused = new ArrayList<>();
    StockChanges changes = new StockChanges(tx, saleId, reservations, restocks);
    for (LedgerEntry entry : entries) {
      if (epoch == null) {
        refused.add(new DeadLetter(entry, Reason.FOREIGN_KEY, "MySQL has no sale " + saleId));
      } else if (entry.epoch() < epoch) {
        fenced = true;
        refused.add(
            new DeadLetter(
                entry,
                Reason.STALE_EPOCH,
                "Decided in epoch " + entry.epoch() + ", the sale is in epoch " + epoch));
      } else if (entry.epoch() > epoch) {
        throw new MySqlBehindException("sale " + saleId, entry.epoch(), epoch);
      } else if (entry.kind().equals(RESTOCK)) {
        changes.restock(entry);
      } else if (entry.kind().equals(ERASE)) {
        // What the user reserved before is to be there.
        refused.addAll(written(tx, saleId, changes));
        changes = new StockChanges(tx, saleId, reservations, restocks);
        erase(tx, saleId, entry.text("user"), entry.text("pseudonym"));
      } else {
        changes.reservations(entry);
      }
    }
    refused.addAll(written(tx, saleId, changes));
    if (sale != null && Acknowledge.ofStored(sale.getString(1)) == Acknowledge.DATABASE) {
      tx.afterCommit(() -> scripts.announce(saleId, Announcement.look(epoch)));
    }
    if (fenced) {
      // They may come from a state that came back, an old backup: then it goes on deciding until it
      // is gone.
      scripts.fence(saleId, epoch).await().atMost(patience);
    }
    return refused;
  }

  private List<DeadLetter> written(SqlTransaction tx, String saleId, StockChanges changes) {
    List<DeadLetter> refused = changes.write();
    changes.ended().forEach(metrics::ended);
    List<String> back =
        changes.ended().stream()
            .filter(one -> one.status() != Reservation.Status.CONFIRMED)
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
                              "Could not delete the lines of ended reservations of sale %s; they expire within a day: %s",
                              saleId, e.getMessage())));
    }
    return refused;
  }

  private static void erase(SqlTransaction tx, String saleId, String userId, String pseudonym) {
    for (String table : List.of("reservation", "stock_request")) {
      tx.query(
          "UPDATE " + table + " SET user_id = ? WHERE sale_id = ? AND user_id = ?",
          pseudonym,
          saleId,
          userId);
    }
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

  /** Its epoch, and its level. */
  private static Row lock(SqlTransaction tx, String saleId) {
    // LOCK IN SHARE MODE, not FOR SHARE: MariaDB knows only the former, MySQL 8 both.
    RowSet<Row> rows =
        tx.query("SELECT epoch, acknowledge FROM sale WHERE id = ? LOCK IN SHARE MODE", saleId);
    return rows.size() == 0 ? null : rows.iterator().next();
  }
}
