package io.firstcome.coupon.code;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.firstcome.coupon.model.CodeScheme;
import io.firstcome.coupon.model.Codes;
import io.firstcome.coupon.model.NewCoupon;
import io.firstcome.http.input.Digests;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.work.SingleFlight;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.sqlclient.Row;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Iterator;
import org.jboss.logging.Logger;

/**
 * The codes of coupons. A coupon's key is read from MySQL when it is needed first, and kept in
 * memory: it never changes. It is never in Redis.
 */
@Singleton
public class CodeBooks {

  private static final Logger LOG = Logger.getLogger(CodeBooks.class);

  private static final int MAX_KNOWN = 10_000;
  private static final int MAX_WAITING = 1_000;
  private static final Duration COMPLAINTS = Duration.ofMinutes(1);

  private static final String READ =
      "SELECT codes, shards, " + CodeScheme.COLUMNS + " FROM coupon WHERE id = ?";

  private final DeploymentKeys keys;
  private final Pool mysql;
  private final MySqlCalls calls;
  private final Cache<String, CodeBook> books =
      Caffeine.newBuilder().maximumSize(MAX_KNOWN).build();
  private final SingleFlight<String, CodeBook> loads = new SingleFlight<>(MAX_WAITING);
  private final Cache<String, Boolean> complained =
      Caffeine.newBuilder().maximumSize(MAX_KNOWN).expireAfterWrite(COMPLAINTS).build();

  CodeBooks(DeploymentKeys keys, Pool mysql, MySqlCalls calls) {
    this.keys = keys;
    this.mysql = mysql;
    this.calls = calls;
  }

  /**
   * Draws the key of a new coupon.
   *
   * @return null where it has no codes
   * @throws io.firstcome.http.problem.ProblemException where no key of the deployment is set
   */
  public CodeScheme draw(String couponId, NewCoupon request) {
    if (request.codes() == Codes.NONE) {
      return null;
    }
    if (!keys.areSet()) {
      throw Problem.malformed(
              "codes", "needs " + DeploymentKeys.SETTING + ", which this service does not have")
          .asException();
    }
    byte[] key = Digests.random(Sealing.KEY_BYTES);
    CodeFormat format = new CodeFormat(request.codePrefix(), request.codeSymbols());
    CodeBook book = new CodeBook(couponId, Codes.NONE, request.shards(), format, key, null);
    return new CodeScheme(
        format.prefix(),
        format.symbols(),
        keys.current(),
        keys.seal(couponId, key),
        request.sharedCode() == null ? null : book.seal(request.sharedCode()));
  }

  /** The codes of a coupon, or null where they were not needed lately. */
  CodeBook known(String couponId) {
    return books.getIfPresent(couponId);
  }

  /**
   * The codes of a coupon; null where it has none, or there is no such coupon. Fails with {@code
   * codes-unavailable} where they cannot be read now.
   */
  public Uni<CodeBook> of(String couponId) {
    CodeBook known = known(couponId);
    return known != null
        ? Uni.createFrom().item(known)
        : loads.run(
            couponId,
            () ->
                calls
                    .bounded(mysql.preparedQuery(READ).execute(Tuple.of(couponId)))
                    .map(rows -> book(couponId, rows.getDelegate().iterator()))
                    .onFailure(e -> !(e instanceof IllegalStateException))
                    .transform(e -> unavailable(couponId, e)));
  }

  private Throwable unavailable(String couponId, Throwable why) {
    if (why instanceof KeyMissingException
        && complained.asMap().putIfAbsent(couponId, true) == null) {
      LOG.error(why.getMessage());
    }
    return Problem.of(ProblemType.CODES_UNAVAILABLE).asException();
  }

  /**
   * The same within a transaction.
   *
   * @throws KeyMissingException where this replica does not have the key that seals them
   */
  CodeBook of(SqlTransaction tx, String couponId) {
    CodeBook known = known(couponId);
    return known != null ? known : book(couponId, tx.query(READ, couponId).iterator());
  }

  private CodeBook book(String couponId, Iterator<Row> rows) {
    if (!rows.hasNext()) {
      return null;
    }
    Row row = rows.next();
    Codes kind = Codes.ofStored(row.getString("codes"));
    if (kind == Codes.NONE) {
      return null;
    }
    byte[] key = keys.open(couponId, row.getString("code_key_id"), row.getString("code_key"));
    CodeBook book =
        new CodeBook(
            couponId,
            kind,
            row.getInteger("shards"),
            new CodeFormat(row.getString("code_prefix"), row.getInteger("code_symbols")),
            key,
            row.getString("code_shared"));
    books.put(couponId, book);
    return book;
  }
}
