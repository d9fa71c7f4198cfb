package io.firstcome.queue.audit;

import io.firstcome.audit.Difference;
import io.firstcome.audit.StoreComparison;
import io.firstcome.audit.StoreReader;
import io.firstcome.mysql.In;
import io.firstcome.queue.model.EntryState;
import io.firstcome.queue.model.QueueState;
import io.firstcome.redis.Keys;
import io.firstcome.work.Throttle;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compares the last entries of users, a block of users at a time, by {@code user queueNo}. Redis
 * need not have those that ended a while ago: it removes them.
 */
final class EntryComparison extends StoreComparison<Map<String, EntryComparison.Last>> {

  /**
   * An entry as MySQL has it.
   *
   * @param text {@code number state}
   * @param mayBeGone whether Redis may have removed it
   */
  record Last(String text, boolean mayBeGone) {}

  private static final Pattern ENTRY = Pattern.compile("(\\d+):(\\d+)([A-Z])[0-9a-f]*");

  /** In the rows of a page, which name blocks alone. */
  private static final Last UNREAD = new Last("", false);

  private final String eventId;
  private final Map<Integer, String> queues = new HashMap<>();
  private final LocalDateTime endedLongAgo;

  /**
   * @param keepEnded how long Redis keeps entries that have ended; half of it is left for the audit
   *     itself and for clocks that differ
   */
  EntryComparison(
      StoreReader stores,
      String eventId,
      Map<String, QueueState> queues,
      Duration keepEnded,
      Throttle pace,
      Sink sink) {
    super(stores, Keys.event(eventId), Keys.eventUsers(Keys.event(eventId)), pace, sink);
    this.eventId = eventId;
    this.endedLongAgo = LocalDateTime.now(ZoneOffset.UTC).minus(keepEnded.dividedBy(2));
    queues.forEach((id, queue) -> this.queues.put(queue.no(), id));
  }

  void run() {
    redisWithMySql();
    mySqlWithRedis(true);
  }

  /** The entries of a block as Redis has it: {@code number state}. */
  private static Map<String, String> entries(String block) {
    Map<String, String> entries = new TreeMap<>();
    for (String line : block.split("\n")) {
      int space = line.indexOf(' ');
      if (space > 0) {
        Matcher entry = ENTRY.matcher(line.substring(space));
        while (entry.find()) {
          entries.put(
              line.substring(0, space) + " " + entry.group(1),
              entry.group(2) + " " + entry.group(3));
        }
      }
    }
    return entries;
  }

  @Override
  protected Map<String, Map<String, Last>> rows(List<String> blocks) {
    Map<String, Map<String, Last>> rows = new HashMap<>();
    if (!blocks.isEmpty()) {
      In in = In.of(blocks.stream().map(Long::valueOf).toList());
      // In the order of the numbers: the last one counts.
      stores
          .query(
              "SELECT e.block, e.user_id, q.no, e.number, e.state, e.ended_at"
                  + " FROM queue_entry e"
                  + " JOIN queue q ON q.id = e.queue_id WHERE e.event_id = ? AND e.block IN "
                  + in.marks()
                  + " ORDER BY e.number",
              in.after(eventId))
          .forEach(
              row ->
                  rows.computeIfAbsent(row.getLong(0).toString(), block -> new TreeMap<>())
                      .put(
                          row.getString(1) + " " + row.getLong(2),
                          new Last(
                              row.getLong(3) + " " + EntryState.valueOf(row.getString(4)).letter(),
                              mayBeGone(row.getLocalDateTime(5)))));
    }
    return rows;
  }

  private boolean mayBeGone(LocalDateTime endedAt) {
    return endedAt != null && endedAt.isBefore(endedLongAgo);
  }

  @Override
  protected boolean isSame(String block, Map<String, Last> rows) {
    return differences(entries(block), rows).isEmpty();
  }

  @Override
  protected List<Difference> judge(
      Map<String, String> blocks, Map<String, Map<String, Last>> rows) {
    return blocks.entrySet().stream()
        .flatMap(
            block ->
                differences(entries(block.getValue()), rows.getOrDefault(block.getKey(), Map.of()))
                    .stream())
        .toList();
  }

  private List<Difference> differences(Map<String, String> inRedis, Map<String, Last> inMySql) {
    List<Difference> differences = new ArrayList<>();
    inRedis.forEach(
        (who, entry) -> {
          Last row = inMySql.get(who);
          if (row == null || isAhead(entry, row.text())) {
            differences.add(Difference.missingInMySql(named(who), entry));
          } else if (!row.text().equals(entry)) {
            differences.add(Difference.differs(named(who), entry, row.text()));
          }
        });
    inMySql.forEach(
        (who, row) -> {
          if (!inRedis.containsKey(who) && !row.mayBeGone()) {
            differences.add(Difference.missingInRedis(named(who), row.text()));
          }
        });
    return differences;
  }

  /** Whether an entry of Redis is what the one of MySQL becomes by moves that MySQL has not. */
  private static boolean isAhead(String entry, String row) {
    String[] now = entry.split(" ");
    String[] before = row.split(" ");
    long number = Long.parseLong(now[0]) - Long.parseLong(before[0]);
    return number > 0
        || number == 0
            && !now[1].equals(before[1])
            && EntryState.of(now[1].charAt(0)).covers(EntryState.of(before[1].charAt(0)));
  }

  /** {@code user queue}. */
  private String named(String who) {
    int space = who.indexOf(' ');
    int no = Integer.parseInt(who.substring(space + 1));
    return who.substring(0, space + 1) + queues.getOrDefault(no, "no " + no);
  }

  /** A page of blocks that MySQL has; blocks that Redis does not have at all are found here. */
  @Override
  protected List<Map<String, Last>> page(Map<String, Last> after) {
    List<Map<String, Last>> page = new ArrayList<>();
    for (Row row :
        stores.query(
            "SELECT DISTINCT block FROM queue_entry WHERE event_id = ? AND block > ?"
                + " ORDER BY block LIMIT ?",
            eventId,
            after == null ? -1L : Long.parseLong(field(after)),
            pace.chunk())) {
      page.add(Map.of(row.getLong(0).toString(), UNREAD));
    }
    return page;
  }

  @Override
  protected String field(Map<String, Last> row) {
    return row.keySet().iterator().next();
  }

  @Override
  protected Difference missingInRedis(Map<String, Last> rows) {
    return differences(Map.of(), rows).stream().findFirst().orElse(null);
  }
}
