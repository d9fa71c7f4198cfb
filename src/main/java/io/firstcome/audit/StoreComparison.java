package io.firstcome.audit;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import io.firstcome.redis.HashScan;
import io.firstcome.work.Throttle;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares the records in a HASH of Redis with those in MySQL, both ways and a chunk at a time: the
 * memory that it needs does not depend on how many there are. It blocks.
 *
 * <p>What was decided before the oldest entry of the ledger must be in MySQL; what was decided
 * later is on its way, which is no difference. That oldest entry is read after Redis and before
 * MySQL, so that nothing falls in between. What seems to differ is read again from both stores once
 * all that was in the ledger has been drained, and only then judged.
 *
 * @param <R> a record as MySQL has it
 */
public abstract class StoreComparison<R> {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** Receives the differences, those of one kind in a chunk at a time. */
  public interface Sink {
    void differ(FindingType kind, List<Difference> some);
  }

  protected final StoreReader stores;
  protected final Throttle pace;
  private final String tag;
  private final String key;
  private final Sink sink;
  private boolean stuck;
  private long inRedis;
  private long inMySql;

  /**
   * @param tag of the ledger
   * @param key of the HASH
   */
  protected StoreComparison(StoreReader stores, String tag, String key, Throttle pace, Sink sink) {
    this.stores = stores;
    this.tag = tag;
    this.key = key;
    this.pace = pace;
    this.sink = sink;
  }

  /** The rows of these fields. */
  protected abstract Map<String, R> rows(List<String> fields);

  /** Whether Redis has what MySQL has. */
  protected abstract boolean isSame(String value, R row);

  /**
   * When a record was last changed, in microseconds since 1970; 0 where that is unknown: it must be
   * in MySQL once the ledger has been drained.
   */
  protected long changedMicros(String field, String value) {
    return 0;
  }

  /**
   * Says what is wrong with records that are not the same in both stores.
   *
   * @param values as Redis has them, by field
   * @param rows of these fields
   */
  protected abstract List<Difference> judge(Map<String, String> values, Map<String, R> rows);

  /**
   * Rows whose records Redis must have, in a fixed order.
   *
   * @param after the last of the page before, or null
   */
  protected List<R> page(R after) {
    return List.of();
  }

  /** The field of a row of a page. */
  protected String field(R row) {
    throw new UnsupportedOperationException();
  }

  /** Says what is wrong where Redis does not have a row; null: nothing by now. */
  protected Difference missingInRedis(R row) {
    return null;
  }

  /** A page was compared. */
  protected void compared(R before, List<R> page) {}

  /** Records read from Redis. */
  public final long inRedis() {
    return inRedis;
  }

  /** Rows read from MySQL page by page. */
  public final long inMySql() {
    return inMySql;
  }

  /** Whether something could not be judged, as the ledger was not drained in time. */
  public final boolean stuck() {
    return stuck;
  }

  /** Every record of Redis is in MySQL. */
  protected final void redisWithMySql() {
    HashScan scan = stores.scan(key, pace.chunk());
    boolean more;
    do {
      Map<String, String> held = new LinkedHashMap<>();
      more = stores.await(scan.next(held::put));
      long onTheWay = stores.ledger().oldestMicros(tag);
      for (List<String> fields : pace.parts(List.copyOf(held.keySet()))) {
        Map<String, R> rows = rows(fields);
        judgeFields(
            fields.stream()
                .filter(field -> !isInMySql(held.get(field), rows.get(field)))
                .filter(field -> changedMicros(field, held.get(field)) < onTheWay)
                .toList());
      }
      inRedis += held.size();
      pace.rest();
    } while (more);
  }

  private boolean isInMySql(String value, R row) {
    return row != null && isSame(value, row);
  }

  private void judgeFields(List<String> fields) {
    if (fields.isEmpty() || !passed()) {
      return;
    }
    Map<String, String> values = stores.values(key, fields);
    Map<String, R> rows = rows(fields);
    values.entrySet().removeIf(one -> isInMySql(one.getValue(), rows.get(one.getKey())));
    if (!values.isEmpty()) {
      found(judge(values, rows));
    }
  }

  /**
   * Redis has every row.
   *
   * @param whole whether Redis holds the state; else the pages are read and nothing is compared
   */
  protected final void mySqlWithRedis(boolean whole) {
    R last = null;
    List<R> page;
    do {
      page = page(last);
      List<String> fields = page.stream().map(this::field).toList();
      if (whole) {
        Map<String, String> known = stores.values(key, fields);
        judgeRows(fields.stream().filter(field -> !known.containsKey(field)).toList());
      }
      compared(last, page);
      inMySql += page.size();
      last = page.isEmpty() ? last : page.get(page.size() - 1);
      pace.rest();
    } while (page.size() == pace.chunk());
  }

  private void judgeRows(List<String> unknown) {
    if (unknown.isEmpty() || !passed()) {
      return;
    }
    Map<String, String> values = stores.values(key, unknown);
    Map<String, R> rows = rows(unknown);
    found(
        unknown.stream()
            .filter(field -> rows.containsKey(field) && !values.containsKey(field))
            .map(field -> missingInRedis(rows.get(field)))
            .filter(difference -> difference != null)
            .toList());
  }

  protected final void found(List<Difference> differences) {
    differences.stream()
        .collect(groupingBy(Difference::kind, LinkedHashMap::new, toList()))
        .forEach(sink::differ);
  }

  /** Waits for what is on its way; once in vain is enough. */
  protected final boolean passed() {
    stuck = stuck || !stores.ledger().awaitPassed(tag, PATIENCE);
    return !stuck;
  }
}
