package io.firstcome.ledger.outbox;

import io.firstcome.ledger.drain.OutageLog;
import io.firstcome.ledger.outbox.Outbox.Entry;
import io.firstcome.mysql.In;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Lease;
import io.firstcome.redis.Scripts;
import io.firstcome.work.PeriodicTask;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * Reads the rows of one subscriber, on a thread of its own, while this replica has the lease.
 *
 * <p>One transaction a batch deletes what was handed over and reads the next. A reader that slept
 * beyond its lease may hand over rows a second time, after later ones; their ids tell.
 *
 * <p>A subscriber that throws is handed the same batch again. After {@code
 * firstcome.outbox.attempts} times in a row it is handed one row at a time, until it takes one
 * after it refused others; then those once more. A row that it refuses even now is put aside, so
 * that it blocks no others. While it takes none after it, it may be the subscriber that fails, and
 * the row waits.
 */
final class OutboxReader {

  private static final Logger LOG = Logger.getLogger(Outbox.class);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final OutboxConfig config;
  private final SqlTransactions mysql;
  private final Scripts redis;
  private final OutboxSubscriber subscriber;
  private final Lease lease;
  private final PeriodicTask task;
  private final OutageLog outage;
  private final Counter handed;
  private final Counter dropped;
  private final Counter failed;
  private final Counter aside;

  /** Handed over and not yet deleted. */
  private final List<Object> done = new ArrayList<>();

  /** The ledgers that have a hole, and since which time without room. */
  private final Map<String, Long> holes = new ConcurrentHashMap<>();

  private volatile long rows;
  private volatile long timesFull;
  private volatile boolean holding;
  private Long lookedNanos;
  private int attempts;

  OutboxReader(
      OutboxConfig config,
      SqlTransactions mysql,
      Scripts redis,
      OutboxSubscriber subscriber,
      MeterRegistry metrics) {
    this.config = config;
    this.mysql = mysql;
    this.redis = redis;
    this.subscriber = subscriber;
    this.lease =
        new Lease(
            redis,
            Keys.drainLease("outbox:" + name()),
            UUID.randomUUID().toString(),
            config.lease());
    Duration third = config.lease().dividedBy(3);
    this.task =
        new PeriodicTask(
            "firstcome-outbox-" + name(),
            config.poll().compareTo(third) < 0 ? config.poll() : third,
            this::run,
            e -> LOG.errorf(e, "Could not read the outbox of subscriber %s; will retry", name()));
    this.outage =
        new OutageLog(
            "Subscriber " + name() + " of the outbox", "its rows wait", "handing rows over");
    this.handed =
        counter(metrics, "firstcome.outbox.handed", "Outbox rows that the subscriber took");
    this.dropped =
        counter(
            metrics,
            "firstcome.outbox.dropped",
            "Rows not written to the outbox because the subscriber is behind by the limit");
    this.failed =
        counter(
            metrics,
            "firstcome.outbox.failures",
            "Batches of outbox rows that were not handed over, and are retried");
    this.aside =
        counter(
            metrics,
            "firstcome.outbox.aside",
            "Outbox rows put aside because the subscriber refused them and took others");
    Gauge.builder("firstcome.outbox.rows", this, reader -> reader.holding ? reader.rows : 0)
        .description("Outbox rows not yet handed over, exported by the replica that reads them")
        .tag("subscriber", name())
        .register(metrics);
  }

  private Counter counter(MeterRegistry metrics, String name, String description) {
    return Counter.builder(name)
        .description(description)
        .tag("subscriber", name())
        .register(metrics);
  }

  String name() {
    return subscriber.name();
  }

  /**
   * What is to be written of these entries: all, or while there is no room one hole a ledger.
   *
   * @param tx the transaction that writes it
   */
  List<Entry> written(SqlTransaction tx, String ledger, List<Entry> entries) {
    long now = timesFull;
    if (rows < config.maxRows()) {
      return entries;
    }
    tx.afterCommit(() -> dropped.increment(entries.size()));
    if (Long.valueOf(now).equals(holes.get(ledger))) {
      return List.of();
    }
    tx.afterCommit(() -> holes.put(ledger, now));
    return List.of(new Entry(OutboxRow.HOLE, ""));
  }

  /** There are rows. For any thread. */
  void wake() {
    task.wake();
  }

  void start() {
    task.start();
  }

  void stop() {
    try {
      task.end(GRACE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    release();
  }

  private void run() {
    while (!task.isStopped() && pass()) {
      // The next batch.
    }
  }

  /** Hands over one batch; says whether to go on at once. */
  boolean pass() {
    try {
      look();
      holding = await(lease.renew()) || await(lease.take());
      if (!holding) {
        return false;
      }
      List<OutboxRow> batch = mysql.run(this::next);
      done.clear();
      if (!batch.isEmpty()) {
        hand(batch);
      }
      outage.isOver(name());
      return !batch.isEmpty();
    } catch (RuntimeException e) {
      failed.increment();
      outage.goesOn(name(), e.toString());
      // Another replica may fare better.
      release();
      return false;
    }
  }

  private List<OutboxRow> next(SqlTransaction tx) {
    deleteDone(tx);
    List<OutboxRow> batch = new ArrayList<>();
    for (Row row :
        tx.query(
            "SELECT id, ledger, kind, body FROM outbox WHERE subscriber = ? ORDER BY id LIMIT ?",
            name(),
            config.batchRows())) {
      batch.add(
          new OutboxRow(row.getLong(0), row.getString(1), row.getString(2), row.getString(3)));
    }
    return batch;
  }

  private void deleteDone(SqlTransaction tx) {
    for (List<Object> some : In.parts(done)) {
      In ids = In.of(some);
      tx.query(
          "DELETE FROM outbox WHERE subscriber = ? AND id IN " + ids.marks(), ids.after(name()));
    }
  }

  private void hand(List<OutboxRow> batch) {
    if (attempts++ < config.attempts()) {
      take(batch);
    } else {
      takeOneByOne(batch);
    }
    attempts = 0;
  }

  private void take(List<OutboxRow> some) {
    try {
      subscriber.take(some);
    } catch (Error e) {
      throw new IllegalStateException(e);
    }
    some.forEach(row -> done.add(row.id()));
    handed.increment(some.size());
  }

  /** For half the lease at the most: nobody else is to begin with the same rows. */
  private void takeOneByOne(List<OutboxRow> batch) {
    long untilNanos = System.nanoTime() + config.lease().toNanos() / 2;
    List<OutboxRow> refused = new ArrayList<>();
    RuntimeException why = null;
    for (OutboxRow row : batch) {
      RuntimeException refusal = refusal(row);
      if (refusal != null) {
        why = refusal;
        refused.add(row);
      } else if (!refused.isEmpty()) {
        refused.forEach(this::takeOrPutAside);
        return;
      }
      if (System.nanoTime() - untilNanos > 0) {
        break;
      }
    }
    if (why != null) {
      throw why;
    }
  }

  private void takeOrPutAside(OutboxRow row) {
    RuntimeException refusal = refusal(row);
    if (refusal != null) {
      putAside(row, refusal);
    }
  }

  /** Hands over a row; returns null, or why it is not taken. */
  private RuntimeException refusal(OutboxRow row) {
    try {
      take(List.of(row));
      return null;
    } catch (RuntimeException e) {
      return e;
    }
  }

  /** Under another name, and not more than so many: the oldest go. */
  private void putAside(OutboxRow row, RuntimeException why) {
    String under = OutboxSubscriber.ASIDE + name();
    mysql.run(
        tx -> {
          tx.query(
              "UPDATE outbox SET subscriber = ? WHERE subscriber = ? AND id = ?",
              under,
              name(),
              row.id());
          return tx.query(
              "DELETE FROM outbox WHERE subscriber = ? AND id <="
                  + " (SELECT id FROM (SELECT id FROM outbox WHERE subscriber = ?"
                  + " ORDER BY id DESC LIMIT 1 OFFSET ?) too_many)",
              under,
              under,
              config.maxAside());
        });
    aside.increment();
    LOG.errorf(
        why,
        "Subscriber %s of the outbox refuses row %d of ledger %s, which is put aside. See"
            + " docs/decisions/outbox.md",
        name(),
        row.id(),
        row.ledger());
  }

  /** What it returns now is the next one's. */
  private void release() {
    holding = false;
    try {
      mysql.run(
          tx -> {
            deleteDone(tx);
            return null;
          });
      done.clear();
      await(lease.release());
    } catch (RuntimeException e) {
      LOG.debugf("Could not release the outbox of subscriber %s; it will expire: %s", name(), e);
    }
  }

  private <T> T await(Uni<T> reply) {
    return reply.await().atMost(redis.timeout().plusSeconds(5));
  }

  /** Counts the rows, up to the limit, whoever reads them: this replica writes some. */
  private void look() {
    long now = System.nanoTime();
    if (lookedNanos != null && now - lookedNanos < LOOK_EVERY.toNanos()) {
      return;
    }
    lookedNanos = now;
    boolean wasFull = rows >= config.maxRows();
    long counted =
        mysql.run(
            tx ->
                tx.query(
                        "SELECT COUNT(*) FROM"
                            + " (SELECT 1 FROM outbox WHERE subscriber = ? LIMIT ?) some",
                        name(),
                        config.maxRows())
                    .iterator()
                    .next()
                    .getLong(0));
    boolean isFull = counted >= config.maxRows();
    if (isFull && !wasFull) {
      timesFull++;
      holes.clear();
    }
    rows = counted;
    if (isFull != wasFull) {
      LOG.warnf(
          wasFull
              ? "The outbox of subscriber %s has room again below %d rows"
              : "The outbox of subscriber %s has %d rows, the limit: new ones are dropped",
          name(),
          config.maxRows());
    }
  }
}
