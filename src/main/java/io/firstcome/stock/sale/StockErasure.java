package io.firstcome.stock.sale;

import static io.firstcome.stock.model.SaleType.SALE;

import io.firstcome.erasure.Erasure;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.DeadLetters;
import io.firstcome.ledger.LedgerDirectory;
import io.firstcome.ledger.drain.LedgerProgress;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.firstcome.redis.HashScan;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.firstcome.stock.model.Strategy;
import io.firstcome.stock.script.StockScripts;
import io.quarkus.arc.All;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Erases a user from the reservations and requests of all sales, hot or decided on in MySQL. */
@Singleton
class StockErasure extends Erasure {

  /** Requests read at once; Redis answers others in between. */
  private static final int SCANNED = 1_000;

  /** Keys and ids that one call of the script takes. */
  private static final int MOST = 400;

  private final StockScripts scripts;
  private final Loader loader;
  private final LedgerProgress ledger;
  private final SqlTransactions mysql;
  private final Scripts redis;

  StockErasure(
      @All List<LedgerDirectory> directories,
      StockScripts scripts,
      Loaders loaders,
      DeadLetters deadLetters,
      LedgerProgress ledger,
      SqlTransactions mysql,
      Scripts redis) {
    super(SALE, directories, deadLetters, redis);
    this.scripts = scripts;
    this.loader = loaders.of(SALE);
    this.ledger = ledger;
    this.mysql = mysql;
    this.redis = redis;
  }

  @Override
  protected Step find(List<String> tags, String userId) {
    return (tag, pseudonym) -> eraseIn(Keys.saleOf(tag), userId, pseudonym);
  }

  private boolean eraseIn(String saleId, String userId, String pseudonym) {
    Set<String> keys = new LinkedHashSet<>();
    Set<String> ids = new LinkedHashSet<>();
    scan(saleId, userId, keys, ids);
    boolean inMySql = inMySql(saleId, userId, ids);
    if (keys.isEmpty() && ids.isEmpty() && !inMySql) {
      return false;
    }
    List<String> left = new ArrayList<>(keys);
    List<String> leftIds = new ArrayList<>(ids);
    do {
      List<String> some = take(left, MOST);
      List<String> someIds = take(leftIds, MOST - some.size());
      loader
          .whole(saleId, scripts.erase(saleId, userId, pseudonym, some, someIds))
          .await()
          .atMost(PATIENCE);
    } while (!left.isEmpty() || !leftIds.isEmpty());
    // Still there where Redis lost its data before the ledger was drained.
    if (!ledger.awaitPassed(Keys.sale(saleId), PATIENCE)
        || inMySql(saleId, userId, new LinkedHashSet<>())) {
      throw Problem.of(ProblemType.DATABASE_UNAVAILABLE)
          .detail("The user was erased in Redis but not yet in the database. Repeat the request.")
          .asException();
    }
    return true;
  }

  /** Takes the first of a list away. */
  private static List<String> take(List<String> from, int most) {
    List<String> head = from.subList(0, Math.min(most, from.size()));
    List<String> taken = List.copyOf(head);
    head.clear();
    return taken;
  }

  /** What Redis knows of the user's requests: their keys, and the reservations they made. */
  private void scan(String saleId, String userId, Set<String> keys, Set<String> ids) {
    String prefix = userId + " ";
    HashScan requests =
        HashScan.ofPrefix(redis, Keys.saleRequests(Keys.sale(saleId)), SCANNED, prefix);
    boolean more;
    do {
      more =
          requests
              .next(
                  (key, request) -> {
                    keys.add(key.substring(prefix.length()));
                    // "digest id", or of a refusal "digest R created lines".
                    String[] words = request.split(" ");
                    if (words.length == 2) {
                      ids.add(words[1]);
                    }
                  })
              .await()
              .atMost(PATIENCE);
    } while (more);
  }

  /** Whether MySQL knows the user; adds the reservations that Redis may still know. */
  private boolean inMySql(String saleId, String userId, Set<String> ids) {
    return mysql.run(
        tx -> {
          boolean known = false;
          for (var row :
              tx.query(
                  "SELECT id, strategy FROM reservation WHERE sale_id = ? AND user_id = ?",
                  saleId,
                  userId)) {
            known = true;
            if (row.getString(1).equals(Strategy.HOT.name())) {
              ids.add(row.getString(0));
            }
          }
          return known
              || tx.query(
                          "SELECT 1 FROM stock_request WHERE sale_id = ? AND user_id = ? LIMIT 1",
                          saleId,
                          userId)
                      .size()
                  > 0;
        });
  }
}
