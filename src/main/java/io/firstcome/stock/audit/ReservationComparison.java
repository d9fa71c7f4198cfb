package io.firstcome.stock.audit;

import io.firstcome.audit.Difference;
import io.firstcome.audit.FindingType;
import io.firstcome.audit.StoreComparison;
import io.firstcome.audit.StoreReader;
import io.firstcome.mysql.In;
import io.firstcome.redis.Keys;
import io.firstcome.stock.model.Reservation.Status;
import io.firstcome.stock.model.ReservationRecord;
import io.firstcome.work.Throttle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Compares the reservations of hot stock. */
final class ReservationComparison extends StoreComparison<ReservationRecord> {

  private final String saleId;

  ReservationComparison(StoreReader stores, String saleId, Throttle pace, Sink sink) {
    super(stores, Keys.sale(saleId), Keys.saleReservations(Keys.sale(saleId)), pace, sink);
    this.saleId = saleId;
  }

  void run() {
    redisWithMySql();
    mySqlWithRedis(true);
  }

  @Override
  protected Map<String, ReservationRecord> rows(List<String> ids) {
    Map<String, ReservationRecord> rows = new HashMap<>();
    if (!ids.isEmpty()) {
      In in = In.of(ids);
      stores
          .query(ReservationRecord.SELECT + "id IN " + in.marks(), in.after(saleId))
          .forEach(row -> rows.put(row.getString(0), ReservationRecord.of(row)));
    }
    return rows;
  }

  @Override
  protected boolean isSame(String text, ReservationRecord row) {
    return row.text().equals(text) || row.kept().text().equals(text);
  }

  @Override
  protected long changedMicros(String id, String text) {
    ReservationRecord reservation = parsed(id, text);
    // When it was extended or taken again it does not say.
    return reservation == null || reservation.isHeldSinceAChange()
        ? 0
        : Math.max(reservation.createdMicros(), reservation.endedMicros());
  }

  private static ReservationRecord parsed(String id, String text) {
    try {
      return ReservationRecord.of(id, text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  @Override
  protected List<Difference> judge(
      Map<String, String> values, Map<String, ReservationRecord> rows) {
    List<Difference> differences = new ArrayList<>();
    values.forEach(
        (id, text) -> {
          ReservationRecord row = rows.get(id);
          ReservationRecord reservation = parsed(id, text);
          if (reservation != null && reservation.isStripped()) {
            // Its units are back, and nobody has its lines any more: only its end can be missing.
            if (row != null && reservation.follows(row)) {
              differences.add(Difference.missingInMySql(id, reservation.with(row.lines()).text()));
            }
          } else if (reservation != null && (row == null || reservation.follows(row))) {
            differences.add(Difference.missingInMySql(id, text));
          } else {
            differences.add(Difference.differs(id, text, row == null ? "nothing" : row.text()));
          }
        });
    return differences;
  }

  /** Those that hold units: what Redis does not know would hold them for ever. */
  @Override
  protected List<ReservationRecord> page(ReservationRecord after) {
    List<ReservationRecord> page = new ArrayList<>();
    stores
        .query(
            ReservationRecord.SELECT
                + "strategy = 'HOT' AND status = 'HELD' AND id > ? ORDER BY id LIMIT ?",
            saleId,
            after == null ? "" : after.id(),
            pace.chunk())
        .forEach(row -> page.add(ReservationRecord.of(row)));
    return page;
  }

  @Override
  protected String field(ReservationRecord row) {
    return row.id();
  }

  @Override
  protected Difference missingInRedis(ReservationRecord row) {
    return row.status() == Status.HELD
        ? new Difference(
            FindingType.MISSING_IN_REDIS, row.id(), null, row.text(), "MySQL holds units for it")
        : null;
  }

  /** Compares restocks, which Redis has as {@code item key} to {@code quantity reason}. */
  static final class Restocks extends StoreComparison<Boolean> {

    private final String saleId;

    Restocks(StoreReader stores, String saleId, Throttle pace, Sink sink) {
      super(stores, Keys.sale(saleId), Keys.saleRestocks(Keys.sale(saleId)), pace, sink);
      this.saleId = saleId;
    }

    void run() {
      redisWithMySql();
    }

    @Override
    protected Map<String, Boolean> rows(List<String> fields) {
      Map<String, Boolean> rows = new HashMap<>();
      if (!fields.isEmpty()) {
        In keys =
            In.of(fields.stream().map(field -> field.substring(field.indexOf(' ') + 1)).toList());
        stores
            .query(
                "SELECT item_id, idempotency_key FROM restock WHERE sale_id = ?"
                    + " AND idempotency_key IN "
                    + keys.marks(),
                keys.after(saleId))
            .forEach(row -> rows.put(row.getString(0) + " " + row.getString(1), true));
      }
      return rows;
    }

    @Override
    protected boolean isSame(String restock, Boolean row) {
      return row;
    }

    @Override
    protected List<Difference> judge(Map<String, String> restocks, Map<String, Boolean> rows) {
      List<Difference> missing = new ArrayList<>();
      restocks.forEach(
          (field, restock) ->
              missing.add(
                  new Difference(
                      FindingType.MISSING_IN_MYSQL,
                      field,
                      restock,
                      null,
                      "Redis has restock " + restock)));
      return missing;
    }
  }
}
