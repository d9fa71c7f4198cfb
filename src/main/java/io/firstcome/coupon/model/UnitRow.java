package io.firstcome.coupon.model;

import io.firstcome.mysql.Micros;
import io.vertx.sqlclient.Row;

/** A unit as a row of {@code claim} has it. */
public final class UnitRow {

  /** The columns, for a SELECT that {@link #unit} reads. */
  public static final String COLUMNS =
      "user_id, sequence, issued_at, unit, state, state_at, reference, claim_group";

  private UnitRow() {}

  public static ClaimHolding.Unit unit(Row row) {
    String state = row.getString("state");
    return new ClaimHolding.Unit(
        row.getLong("sequence"),
        Micros.of(row.getLocalDateTime("issued_at")),
        state == null
            ? null
            : new ClaimHolding.State(
                state, Micros.of(row.getLocalDateTime("state_at")), row.getString("reference")),
        row.getString("claim_group"));
  }
}
