package io.firstcome.coupon.code;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.work.SingleFlight;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;

/**
 * Codes of pools, in pages. Units are issued in the order of their numbers, so a page that is read
 * once serves the next claims from memory, and the page behind it is read before it is needed.
 */
@Singleton
class PoolPages {

  private static final int PAGE = 256;
  private static final int MAX_PAGES = 400;
  private static final int MAX_WAITING = 1_000;

  private final Pool mysql;
  private final MySqlCalls calls;
  private final Cache<Key, List<String>> pages =
      Caffeine.newBuilder().maximumSize(MAX_PAGES).build();
  private final SingleFlight<Key, List<String>> loads = new SingleFlight<>(MAX_WAITING);

  PoolPages(Pool mysql, MySqlCalls calls) {
    this.mysql = mysql;
    this.calls = calls;
  }

  private record Key(String couponId, long page) {

    static Key of(String couponId, long number) {
      return new Key(couponId, (number - 1) / PAGE);
    }

    /** The number of the unit in front of it. */
    long before() {
      return page * PAGE;
    }

    Key next() {
      return new Key(couponId, page + 1);
    }
  }

  /** The sealed code of a unit, or null where it is not in memory. */
  String known(String couponId, long number) {
    Key key = Key.of(couponId, number);
    String sealed = sealed(key, pages.getIfPresent(key), number);
    if (sealed != null && number - key.before() > PAGE / 2) {
      Key next = key.next();
      if (pages.getIfPresent(next) == null && !loads.isRunning(next)) {
        load(next).subscribe().with(page -> {}, why -> {});
      }
    }
    return sealed;
  }

  private static String sealed(Key key, List<String> page, long number) {
    int index = (int) (number - key.before()) - 1;
    return page == null || index >= page.size() ? null : page.get(index);
  }

  /** The same from MySQL; null where the pool has none for it. */
  Uni<String> read(String couponId, long number) {
    Key key = Key.of(couponId, number);
    return load(key).map(page -> sealed(key, page, number));
  }

  /** The pool may grow: a page that is not full is read again when more of it is needed. */
  private Uni<List<String>> load(Key key) {
    return loads.run(
        key,
        () ->
            calls
                .bounded(
                    mysql
                        .preparedQuery(
                            "SELECT sealed FROM coupon_code WHERE coupon_id = ?"
                                + " AND sequence > ? AND sequence <= ? ORDER BY sequence")
                        .execute(Tuple.of(key.couponId(), key.before(), key.next().before())))
                .map(
                    rows -> {
                      List<String> page = new ArrayList<>(rows.size());
                      for (Row row : rows) {
                        page.add(row.getString(0));
                      }
                      // Also an empty one, so that it is not looked for ahead again and again.
                      pages.put(key, page);
                      return page;
                    }));
  }
}
