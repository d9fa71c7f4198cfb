package io.firstcome.coupon.audit;

import io.firstcome.audit.FindingType;
import io.firstcome.audit.Findings;
import io.firstcome.audit.StoreReader;
import io.firstcome.coupon.model.Ticket;
import io.firstcome.redis.Keys;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;

/**
 * Compares who waits for a unit in Redis and in MySQL. The line is small, so it is read whole, and
 * again once all that was on its way has arrived.
 */
final class LineComparison {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final StoreReader stores;
  private final String couponId;

  LineComparison(StoreReader stores, String couponId) {
    this.stores = stores;
    this.couponId = couponId;
  }

  void run(Findings found) {
    Map<String, Long> suspects = differing();
    if (suspects.isEmpty()) {
      return;
    }
    if (!stores.ledger().awaitPassed(couponId, PATIENCE)) {
      found.undetermined("The ledger was not drained in time");
      return;
    }
    // Joining, leaving and promotion go on: what differs as before is no entry on its way.
    Map<String, Long> again = differing();
    again.entrySet().retainAll(suspects.entrySet());
    for (String user : new TreeSet<>(again.keySet())) {
      found.add(
          FindingType.WAITLIST_DIFFERS,
          user,
          "Only one store has this user's place on the waitlist");
    }
  }

  /** User to ticket, of those whom one store alone has waiting, or with another ticket. */
  private Map<String, Long> differing() {
    Map<String, Long> differing = new HashMap<>();
    Response line =
        stores.send(
            Command.ZRANGEBYSCORE, Keys.line(couponId), Ticket.FIRST_WAITING, "+inf", "WITHSCORES");
    // In pairs, or member and score in turn: as the version of the protocol has it.
    boolean inPairs = line.size() > 0 && line.get(0).type() == ResponseType.MULTI;
    for (int i = 0; i < line.size(); i += inPairs ? 1 : 2) {
      Response user = inPairs ? line.get(i).get(0) : line.get(i);
      Response score = inPairs ? line.get(i).get(1) : line.get(i + 1);
      differing.put(user.toString(), (long) Double.parseDouble(score.toString()));
    }
    stores
        .query(
            "SELECT user_id, ticket FROM waiting WHERE coupon_id = ? AND state = 'waiting'",
            couponId)
        .forEach(
            row -> {
              if (!differing.remove(row.getString(0), row.getLong(1))) {
                differing.merge(row.getString(0), -row.getLong(1), (redis, mysql) -> redis);
              }
            });
    return differing;
  }
}
