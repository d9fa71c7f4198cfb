package io.firstcome.coupon.recovery;

import io.firstcome.mysql.Micros;
import io.firstcome.mysql.RowInsert;
import io.firstcome.mysql.SqlTransaction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Inserts units as rows of {@code claim}; those that count against a group with their group. */
final class ClaimRows {

  private final RowInsert plain;
  private final RowInsert grouped;

  ClaimRows(int rowsPerInsert) {
    this.plain = into(rowsPerInsert, "coupon_id", "sequence", "user_id", "unit", "issued_at");
    this.grouped =
        into(rowsPerInsert, "coupon_id", "sequence", "user_id", "unit", "issued_at", "claim_group");
  }

  private static RowInsert into(int rowsPerInsert, String... columns) {
    return RowInsert.into("claim", rowsPerInsert, columns)
        .unique("coupon_id", "sequence")
        .unique("coupon_id", "user_id", "unit");
  }

  /** What became of each of these units, which are of one coupon. */
  List<RowInsert.Outcome> insert(SqlTransaction tx, String couponId, List<IssuedUnit> units) {
    if (units.isEmpty()) {
      return List.of();
    }
    boolean hasGroups = units.stream().anyMatch(unit -> unit.group() != null);
    List<List<Object>> rows = new ArrayList<>(units.size());
    for (IssuedUnit unit : units) {
      Object issuedAt = Micros.toDateTime(unit.entry().at());
      rows.add(
          hasGroups
              ? Arrays.asList(
                  couponId, unit.sequence(), unit.user(), unit.unit(), issuedAt, unit.group())
              : List.of(couponId, unit.sequence(), unit.user(), unit.unit(), issuedAt));
    }
    return (hasGroups ? grouped : plain).insert(tx, rows);
  }
}
