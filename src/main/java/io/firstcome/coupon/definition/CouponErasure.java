package io.firstcome.coupon.definition;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.coupon.change.Changes;
import io.firstcome.coupon.model.Shard;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.erasure.Erasure;
import io.firstcome.erasure.Pseudonym;
import io.firstcome.ledger.DeadLetters;
import io.firstcome.ledger.LedgerDirectory;
import io.firstcome.mysql.In;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.quarkus.arc.All;
import io.smallrye.mutiny.Multi;
import io.vertx.redis.client.Command;
import jakarta.inject.Singleton;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Erases a user from the claims and audiences of all coupons. */
@Singleton
class CouponErasure extends Erasure {

  private static final int AT_ONCE = 16;

  private final CouponScripts scripts;
  private final Changes changes;
  private final SqlTransactions mysql;
  private final Scripts redis;

  CouponErasure(
      @All List<LedgerDirectory> directories,
      CouponScripts scripts,
      Changes changes,
      DeadLetters deadLetters,
      SqlTransactions mysql,
      Scripts redis) {
    super(COUPON, directories, deadLetters, redis);
    this.scripts = scripts;
    this.changes = changes;
    this.mysql = mysql;
    this.redis = redis;
  }

  @Override
  protected Step find(List<String> couponIds, String userId) {
    Set<String> inMySql = inMySql(couponIds, userId);
    Set<String> everywhere = new HashSet<>(inMySql);
    everywhere.addAll(inRedis(couponIds, userId));
    return (couponId, pseudonym) -> {
      if (!everywhere.contains(couponId)) {
        return false;
      }
      if (eraseFrozen(couponId, userId, pseudonym)) {
        return true;
      }
      changes
          .settled(couponId, scripts.erase(couponId, userId, pseudonym, inMySql.contains(couponId)))
          .await()
          .atMost(PATIENCE);
      return true;
    };
  }

  /**
   * Entries that are being drawn are in MySQL alone, and Redis is not given them again. The list
   * that is published names nobody.
   *
   * @return false where it is another coupon
   */
  private boolean eraseFrozen(String couponId, String userId, String pseudonym) {
    Shard shard = Shard.of(couponId);
    if (shard == null || !shard.isOfEntries()) {
      return false;
    }
    boolean isFrozen =
        mysql.run(
            tx -> {
              // Whoever issues the units to the winners has this lock too.
              tx.query("SELECT 1 FROM coupon WHERE id = ? FOR UPDATE", shard.campaign());
              if (tx.query("SELECT 1 FROM coupon WHERE id = ? AND frozen", couponId).size() == 0) {
                return false;
              }
              for (String table : List.of("claim", "claim_change", "audience_member")) {
                tx.query(
                    "UPDATE " + table + " SET user_id = ? WHERE coupon_id = ? AND user_id = ?",
                    pseudonym,
                    couponId,
                    userId);
              }
              return true;
            });
    if (isFrozen && !inMySql(List.of(shard.campaign()), userId).isEmpty()) {
      // It was drawn after its claims were looked through.
      changes
          .settled(
              shard.campaign(), scripts.erase(shard.campaign(), userId, Pseudonym.next(), true))
          .await()
          .atMost(PATIENCE);
    }
    return isFrozen;
  }

  private Set<String> inMySql(List<String> couponIds, String userId) {
    Set<String> found = new HashSet<>();
    if (couponIds.isEmpty()) {
      return found;
    }
    In coupons = In.of(couponIds);
    String where = " WHERE user_id = ? AND coupon_id IN " + coupons.marks();
    for (String table : List.of("claim", "waiting", "audience_member")) {
      mysql
          .run(tx -> tx.query("SELECT coupon_id FROM " + table + where, coupons.after(userId)))
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
                                    .chain(
                                        member ->
                                            redis
                                                .send(Command.ZSCORE, Keys.line(id), userId)
                                                .map(
                                                    score ->
                                                        claimed.toInteger() + member.toInteger() > 0
                                                                || score != null
                                                            ? id
                                                            : null))))
            .merge(AT_ONCE)
            .collect()
            .asList()
            .await()
            .atMost(PATIENCE));
  }
}
