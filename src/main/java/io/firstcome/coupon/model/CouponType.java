package io.firstcome.coupon.model;

import io.firstcome.durability.DurabilityCheck;
import io.firstcome.durability.PendingAnswer;
import io.firstcome.durability.RowCheck;
import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.LedgerDirectory;
import io.firstcome.ledger.TableDirectory;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.mysql.SqlTransactions;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What the ledger and the acknowledgement need to know of coupons: a hash tag is the id. */
public final class CouponType {

  public static final AggregateType COUPON = new AggregateType("coupon", "");

  /** Every coupon has a ledger; of a campaign, every shard. */
  @Produces
  @Singleton
  LedgerDirectory directory(SqlTransactions mysql) {
    return new TableDirectory(
        COUPON,
        mysql,
        "shards = 1",
        "status <> 'closed'"
            + " AND (closes_at IS NULL OR closes_at > UTC_TIMESTAMP(6) - INTERVAL 1 HOUR)");
  }

  /** By what the row of a user who waits is told apart: user and ticket. */
  public static String keyOf(Ticket ticket) {
    return ticket.userId() + ' ' + ticket.number();
  }

  /**
   * A claim is in MySQL with its number and its user; another's may have the number. Who waits has
   * none, and is there with the ticket.
   */
  @Produces
  @Singleton
  DurabilityCheck claims(Pool mysql, MySqlCalls calls) {
    RowCheck claims =
        new RowCheck(
            COUPON,
            mysql,
            calls,
            "SELECT sequence, user_id FROM claim WHERE coupon_id = ? AND sequence IN",
            PendingAnswer::sequence,
            (claim, user) -> claim.key().equals(user));
    RowCheck tickets =
        new RowCheck(
            COUPON,
            mysql,
            calls,
            "SELECT user_id, CAST(ticket AS CHAR) FROM waiting WHERE coupon_id = ? AND user_id IN",
            answer -> answer.key().substring(0, answer.key().indexOf(' ')),
            (answer, ticket) -> answer.key().endsWith(' ' + ticket));
    return new ClaimsAndTickets(claims, tickets);
  }

  /** Asks each table for its own, and none for nothing. */
  private record ClaimsAndTickets(RowCheck claims, RowCheck tickets) implements DurabilityCheck {

    @Override
    public AggregateType type() {
      return COUPON;
    }

    @Override
    public Uni<Set<PendingAnswer>> inMySql(String tag, List<PendingAnswer> held) {
      List<PendingAnswer> waiting = held.stream().filter(one -> one.sequence() == 0).toList();
      if (waiting.isEmpty()) {
        return claims.inMySql(tag, held);
      }
      List<PendingAnswer> issued = held.stream().filter(one -> one.sequence() != 0).toList();
      Uni<Set<PendingAnswer>> there = tickets.inMySql(tag, waiting);
      return issued.isEmpty()
          ? there
          : Uni.combine()
              .all()
              .unis(there, claims.inMySql(tag, issued))
              .with(
                  (some, others) -> {
                    Set<PendingAnswer> all = new HashSet<>(some);
                    all.addAll(others);
                    return all;
                  });
    }
  }
}
