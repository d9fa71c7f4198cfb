package io.firstcome.coupon.ticket;

import io.firstcome.metrics.Poll;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import java.time.Duration;
import java.util.Collection;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.StreamSupport;
import org.jboss.logging.Logger;

/** Which coupons have a line of some kind: MySQL is asked again and again. */
final class CouponsInLine implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(CouponsInLine.class);

  /** How long a look at MySQL may take. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final Pool mysql;
  private final String query;
  private final Poll poll;
  private volatile Set<String> ids = Set.of();

  /**
   * Begins to ask.
   *
   * @param query its first column are ids
   */
  CouponsInLine(Pool mysql, String query, Duration every, Vertx vertx) {
    this.mysql = mysql;
    this.query = query;
    this.poll = Poll.every(every, vertx, this::look);
  }

  /** Those of the last answer. */
  Set<String> ids() {
    return ids;
  }

  /** Does something for each of these coupons, for so many at once. */
  static Uni<?> each(Collection<String> ids, int atOnce, Function<String, Uni<?>> work) {
    return Multi.createFrom()
        .iterable(ids)
        .onItem()
        .transformToUni(work::apply)
        .merge(atOnce)
        .collect()
        .last();
  }

  private Uni<?> look() {
    return mysql
        .query(query)
        .execute()
        .ifNoItem()
        .after(PATIENCE)
        .fail()
        .invoke(
            rows ->
                ids =
                    Set.copyOf(
                        StreamSupport.stream(rows.spliterator(), false)
                            .map(row -> row.getString(0))
                            .toList()))
        .onFailure()
        .invoke(e -> LOG.debugf("Could not look for lines; will retry: %s", e.getMessage()));
  }

  @Override
  public void close() {
    poll.close();
  }
}
