package io.firstcome.coupon;

import io.firstcome.erasure.Erasable;
import io.firstcome.erasure.Pseudonym;
import io.firstcome.ledger.DeadLetters;
import io.firstcome.ledger.SqlTransactions;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.smallrye.mutiny.Multi;
import io.vertx.redis.client.Command;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Erases a user from the claims and audiences of all coupons. */
@ApplicationScoped
class CouponErasure implements Erasable {

  /** Below the 1,000 at which MariaDB turns an IN list into a subquery. */
  private static final int PAGE = 500;

  private static final int AT_ONCE = 16;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final CouponDirectory directory;
  private final CouponScripts scripts;
  private final Definitions definitions;
  private final DeadLetters deadLetters;
  private final SqlTransactions mysql;
  private final Scripts redis;

  CouponErasure(
      CouponDirectory directory,
      CouponScripts scripts,
      Definitions definitions,
      DeadLetters deadLetters,
      SqlTransactions mysql,
      Scripts redis) {
    this.directory = directory;
    this.scripts = scripts;
    this.definitions = definitions;
    this.deadLetters = deadLetters;
    this.mysql = mysql;
    this.redis = redis;
  }

  @Override
  public String what() {
    return "coupons";
  }

  @Override
  public int erase(String userId) {
    int erased = 0;
    String last = "";
    List<String> page;
    do {
      page = directory.page(last, PAGE);
      Set<String> inMySql = inMySql(page, userId);
      Set<String> everywhere = new HashSet<>(inMySql);
      everywhere.addAll(inRedis(page, userId));
      for (String couponId : page) {
        String pseudonym = Pseudonym.next();
        boolean known = everywhere.contains(couponId);
        if (known) {
          definitions
              .settled(
                  couponId, scripts.erase(couponId, userId, pseudonym, inMySql.contains(couponId)))
              .await()
              .atMost(PATIENCE);
        }
        // Last: what was drained meanwhile may have come to them.
        if (deadLetters.redact(couponId, userId, pseudonym) > 0 || known) {
          // It may name the user.
          redis.send(Command.DEL, Keys.audit(couponId)).await().atMost(PATIENCE);
          erased++;
        }
        last = couponId;
      }
    } while (page.size() == PAGE);
    return erased;
  }

  private Set<String> inMySql(List<String> couponIds, String userId) {
    Set<String> found = new HashSet<>();
    if (couponIds.isEmpty()) {
      return found;
    }
    List<Object> params = new ArrayList<>(couponIds);
    params.add(userId);
    String where =
        " WHERE coupon_id IN (?" + ", ?".repeat(couponIds.size() - 1) + ") AND user_id = ?";
    for (String table : List.of("claim", "audience_member")) {
      mysql
          .run(tx -> tx.query("SELECT coupon_id FROM " + table + where, params.toArray()))
          .forEach(row -> found.add(row.getString(0)));
    }
    return found;
  }

  /** Who has claimed a moment ago is in Redis alone. */
  private Set<String> inRedis(List<String> couponIds, String userId) {
    return new HashSet<>(
        Multi.createFrom()
            .iterable(couponIds)
            .onItem()
            .transformToUni(
                id ->
                    redis
                        .send(Command.HEXISTS, Keys.claimants(id), userId)
                        .chain(
                            claimed ->
                                redis
                                    .send(Command.SISMEMBER, Keys.audience(id), userId)
                                    .map(
                                        member ->
                                            claimed.toInteger() + member.toInteger() > 0
                                                ? id
                                                : null)))
            .merge(AT_ONCE)
            .collect()
            .asList()
            .await()
            .atMost(PATIENCE));
  }
}
