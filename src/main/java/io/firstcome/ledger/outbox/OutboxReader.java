package io.firstcome.ledger.outbox;

import io.firstcome.mysql.In;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.mysql.SqlTransactions;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;

/**
 * Reads the rows of one subscriber, on a thread of its own, while this replica has the lease.
 *
 * <p>One transaction a batch deletes what was handed over, renews the lease and reads the next. A
 * reader that slept beyond its lease may hand over rows a second time, after later ones; their ids
 * tell.
 */
final class OutboxReader {

  private static final Logger LOG = Logger.getLogger(Outbox.class);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final Duration STOP = Duration.ofSeconds(5);

  private final OutboxConfig config;
  private final SqlTransactions mysql;
  private final OutboxSubscriber subscriber;
  private final String token = UUID.randomUUID().toString();
  private final Counter handed;
  private final Counter dropped;
  private final Counter failed;

  /** Handed over and not yet deleted. */
  private final List<Object> done = new ArrayList<>();

  private volatile long rows;
  private volatile boolean holding;
  private volatile boolean stopping;
  private Thread thread;
  private Long lookedNanos;
  private boolean registered;
  private int failures;

  OutboxReader(
      OutboxConfig config,
      SqlTransactions mysql,
      OutboxSubscriber subscriber,
      MeterRegistry metrics) {
    this.config = config;
    this.mysql = mysql;
    this.subscriber = subscriber;
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

  /** Whether its rows are as many as there may be. */
  boolean isFull() {
    return rows >= config.maxRows();
  }

  void dropped(int count) {
    dropped.increment(count);
  }

  /** There are rows. For any thread. */
  void wake() {
    LockSupport.unpark(thread);
  }

  void start() {
    thread = new Thread(this::run, "firstcome-outbox-" + name());
    thread.setDaemon(true);
    thread.start();
  }

  void stop() {
    stopping = true;
    if (thread == null) {
      return;
    }
    try {
      wake();
      thread.join(STOP.toMillis());
      thread.interrupt();
      thread.join(LOOK_EVERY.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!stopping && !Thread.currentThread().isInterrupted()) {
      long pause = pass();
      if (pause > 0 && !stopping) {
        LockSupport.parkNanos(pause);
      }
    }
    release();
  }

  /**
   * Hands over one batch.
   *
   * @return after how many nanoseconds to do it again
   */
  long pass() {
    List<OutboxRow> batch;
    try {
      register();
      look();
      batch = mysql.run(this::next);
      done.clear();
    } catch (RuntimeException e) {
      return failed("Could not read the outbox of subscriber %s: %s", e);
    }
    holding = batch != null;
    if (batch == null) {
      return Math.min(LOOK_EVERY.toNanos(), config.lease().toNanos() / 3);
    }
    if (batch.isEmpty()) {
      recovered();
      return Math.min(config.poll().toNanos(), config.lease().toNanos() / 3);
    }
    try {
      subscriber.take(batch);
    } catch (RuntimeException e) {
      // Another replica may fare better.
      release();
      return failed("Subscriber %s did not take rows of the outbox: %s", e);
    }
    batch.forEach(row -> done.add(row.id()));
    handed.increment(batch.size());
    recovered();
    return 0;
  }

  /** Null where another reader has the lease. */
  private List<OutboxRow> next(SqlTransaction tx) {
    deleteDone(tx);
    if (!lease(tx)) {
      return null;
    }
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

  private boolean lease(SqlTransaction tx) {
    return tx.query(
                "UPDATE outbox_lease SET holder = ?,"
                    + " held_until = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND"
                    + " WHERE subscriber = ? AND (holder = ? OR held_until < UTC_TIMESTAMP(6))",
                token,
                config.lease().toNanos() / 1_000,
                name(),
                token)
            .rowCount()
        == 1;
  }

  /** What it returns now is the next one's. */
  private void release() {
    holding = false;
    try {
      mysql.run(
          tx -> {
            deleteDone(tx);
            return tx.query(
                "UPDATE outbox_lease SET held_until = UTC_TIMESTAMP(6)"
                    + " WHERE subscriber = ? AND holder = ?",
                name(),
                token);
          });
      done.clear();
    } catch (RuntimeException e) {
      LOG.debugf("Could not release the outbox of subscriber %s; it will expire: %s", name(), e);
    }
  }

  /** So that there is a row to lease. */
  private void register() {
    if (!registered) {
      mysql.run(
          tx ->
              tx.query(
                  "INSERT IGNORE INTO outbox_lease (subscriber, holder, held_until)"
                      + " VALUES (?, '', UTC_TIMESTAMP(6) - INTERVAL 1 SECOND)",
                  name()));
      registered = true;
    }
  }

  /** Counts the rows, up to the limit, whoever reads them: this replica writes some. */
  private void look() {
    long now = System.nanoTime();
    if (lookedNanos != null && now - lookedNanos < LOOK_EVERY.toNanos()) {
      return;
    }
    lookedNanos = now;
    boolean wasFull = isFull();
    rows =
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
    if (isFull() != wasFull) {
      LOG.warnf(
          wasFull
              ? "The outbox of subscriber %s has room again below %d rows"
              : "The outbox of subscriber %s has %d rows, the limit: new ones are dropped",
          name(),
          config.maxRows());
    }
  }

  private long failed(String format, RuntimeException e) {
    failed.increment();
    if (failures == 0) {
      LOG.warnf(format + "; will retry", name(), e.getMessage());
    }
    int doublings = Math.min(failures++, 16);
    return Math.min(config.poll().toNanos() << doublings, config.lease().toNanos());
  }

  private void recovered() {
    if (failures > 0) {
      LOG.infof("The outbox of subscriber %s is being read again", name());
      failures = 0;
    }
  }
}
