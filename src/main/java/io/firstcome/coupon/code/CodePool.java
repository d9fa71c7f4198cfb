package io.firstcome.coupon.code;

import io.firstcome.coupon.model.Codes;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.mysql.In;
import io.firstcome.mysql.RowInsert;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.mysql.SqlTransactions;
import io.vertx.sqlclient.Row;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The codes that operators upload. Each has the number of the unit that it will be of, in the order
 * of the upload: the decision that issues a unit hands out its code. Codes are only added.
 *
 * <p>No unit is issued beyond the pool: MySQL lends Redis no number that has no code.
 */
@Singleton
public class CodePool {

  private final CodeBooks books;
  private final SqlTransactions mysql;
  private final RowInsert rows;

  CodePool(CodeBooks books, SqlTransactions mysql, LedgerConfig config) {
    this.books = books;
    this.mysql = mysql;
    this.rows =
        RowInsert.into(
                "coupon_code",
                config.rowsPerInsert(),
                "coupon_id",
                "sequence",
                "fingerprint",
                "sealed")
            .unique("coupon_id", "sequence")
            .unique("coupon_id", "fingerprint");
  }

  /**
   * Adds codes behind those that are there, in their order; leaves out those that it has. Blocks.
   *
   * @return how many it has added
   * @throws io.firstcome.http.problem.ProblemException {@code no-pool} where the coupon has none,
   *     {@code unknown-coupon}
   */
  public int add(String couponId, List<String> codes) {
    return mysql.run(
        tx -> {
          // One upload after another, and none while numbers are lent. Before anything is read:
          // what
          // is read then is what the upload before has left.
          boolean isThere =
              tx.query("SELECT id FROM coupon WHERE id = ? FOR UPDATE", couponId).size() > 0;
          CodeBook book = books.of(tx, couponId);
          if (book == null || book.kind() != Codes.POOL) {
            throw Problem.of(isThere ? ProblemType.NO_POOL : ProblemType.UNKNOWN_COUPON)
                .asException();
          }
          Map<String, String> fresh = new LinkedHashMap<>();
          codes.forEach(code -> fresh.putIfAbsent(book.fingerprint(code), code));
          for (List<String> some : In.parts(List.copyOf(fresh.keySet()))) {
            In prints = In.of(some);
            for (Row row :
                tx.query(
                    "SELECT fingerprint FROM coupon_code WHERE coupon_id = ? AND fingerprint IN "
                        + prints.marks(),
                    prints.after(couponId))) {
              fresh.remove(row.getString(0));
            }
          }
          long number = size(tx, couponId);
          List<List<Object>> values = new ArrayList<>(fresh.size());
          for (Map.Entry<String, String> one : fresh.entrySet()) {
            values.add(List.of(couponId, ++number, one.getKey(), book.seal(one.getValue())));
          }
          for (RowInsert.Outcome outcome : rows.insert(tx, values)) {
            if (outcome.refused()) {
              throw new IllegalStateException("A code of coupon " + couponId + " was refused");
            }
          }
          return fresh.size();
        });
  }

  /** How many codes a coupon's pool has. Blocks. */
  public long size(String couponId) {
    return mysql.run(tx -> size(tx, couponId));
  }

  /** The same within a transaction. */
  public static long size(SqlTransaction tx, String couponId) {
    return tx.query(
            "SELECT COALESCE(MAX(sequence), 0) FROM coupon_code WHERE coupon_id = ?", couponId)
        .iterator()
        .next()
        .getLong(0);
  }
}
