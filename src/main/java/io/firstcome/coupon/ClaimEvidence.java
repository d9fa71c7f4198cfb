package io.firstcome.coupon;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.durability.DurabilityCheck;
import io.firstcome.durability.PendingAnswer;
import io.firstcome.ledger.AggregateType;
import io.firstcome.mysql.In;
import io.firstcome.mysql.MySqlCalls;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Looks whether MySQL has claims: each with its number and its user, or it has another's. */
@Singleton
class ClaimEvidence implements DurabilityCheck {

  private final Pool mysql;
  private final MySqlCalls calls;

  ClaimEvidence(Pool mysql, MySqlCalls calls) {
    this.mysql = mysql;
    this.calls = calls;
  }

  @Override
  public AggregateType type() {
    return COUPON;
  }

  @Override
  public Uni<Set<PendingAnswer>> inMySql(String couponId, List<PendingAnswer> held) {
    In sequences = In.of(held.stream().map(PendingAnswer::sequence).toList());
    return calls
        .bounded(
            mysql
                .preparedQuery(
                    "SELECT sequence, user_id FROM claim WHERE coupon_id = ? AND sequence IN "
                        + sequences.marks())
                .execute(Tuple.wrap(sequences.after(couponId))))
        .map(
            rows -> {
              Map<Long, String> users = new HashMap<>();
              for (Row row : rows) {
                users.put(row.getLong(0), row.getString(1));
              }
              return held.stream()
                  .filter(one -> one.key().equals(users.get(one.sequence())))
                  .collect(Collectors.toUnmodifiableSet());
            });
  }
}
