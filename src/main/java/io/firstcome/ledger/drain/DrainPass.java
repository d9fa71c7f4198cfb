package io.firstcome.ledger.drain;

import io.firstcome.ledger.DeadLetter;
import io.firstcome.ledger.DeadLetter.Reason;
import io.firstcome.ledger.Ledger;
import io.firstcome.ledger.LedgerApplier;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.ledger.LedgerStore;
import io.firstcome.ledger.MalformedEntryException;
import io.firstcome.ledger.MySqlBehindException;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.ledger.drain.DrainMetrics.Failure;
import io.firstcome.mysql.SqlErrors;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.mysql.SqlUnavailableException;
import io.firstcome.redis.RedisException;
import io.smallrye.mutiny.TimeoutException;
import io.vertx.mysqlclient.MySQLException;
import io.vertx.redis.client.impl.types.ErrorType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * One look at a ledger: read, apply, settle.
 *
 * <p>Nothing leaves the ledger before its transaction has committed, and nothing is settled without
 * the lease. Whoever comes to grief in between (killed, paused, robbed of the lease) leaves entries
 * that are applied once more, which changes nothing.
 */
final class DrainPass {

  private static final Logger LOG = Logger.getLogger(Drainer.class);
  private static final long COMPLAIN_EVERY_NANOS = Duration.ofMinutes(1).toNanos();

  /** A ledger is not given back before it has been quiet for so many times the lease. */
  private static final int QUIET_LEASES = 4;

  /** Deadlocks and the like pass; what has not passed by then is worth a line. */
  private static final int FAILURES_WORTH_A_LINE = 3;

  /**
   * An error that is not known and has not passed by then, half a minute later, is the fault of an
   * entry, be it of MySQL or a defect of ours: the entry becomes a dead letter, so that it does not
   * block its ledger.
   */
  private static final int REFUSALS_OF_AN_ENTRY = 20;

  /** So that the arguments of one script call stay bounded. */
  private static final int DEAD_LETTERS_PER_SETTLE = 1_000;

  /** MySQL is there for all ledgers, or for none. */
  private static final String ALL = "";

  private final LedgerConfig config;
  private final LedgerStore store;
  private final SqlTransactions sql;
  private final Map<String, LedgerApplier> appliers = new HashMap<>();
  private final DrainQueue agenda;
  private final DrainMetrics metrics;
  private final OutageLog redis = outageOf("Redis");
  private final OutageLog mysql = outageOf("MySQL");
  private volatile boolean stopping;

  private static OutageLog outageOf(String server) {
    return new OutageLog(server, "decisions wait in the ledgers", "draining the ledgers");
  }

  DrainPass(
      LedgerConfig config,
      LedgerStore store,
      SqlTransactions sql,
      List<LedgerApplier> appliers,
      DrainQueue agenda,
      DrainMetrics metrics) {
    this.config = config;
    this.store = store;
    this.sql = sql;
    this.agenda = agenda;
    this.metrics = metrics;
    for (LedgerApplier applier : appliers) {
      for (String kind : applier.kinds()) {
        if (this.appliers.put(kind, applier) != null) {
          throw new IllegalStateException("Two appliers for the kind " + kind);
        }
      }
    }
  }

  /** From now on what is empty, or cannot be drained here, is given back. */
  void stopping() {
    stopping = true;
  }

  /** Looks at a ledger, and puts it back on the agenda. */
  void run(Ledger ledger) {
    try {
      drain(ledger);
    } catch (RedisException e) {
      if (e.getCause() instanceof ErrorType) {
        failed(ledger, Failure.REDIS, e);
      } else {
        redis.goesOn(ledger.tag, e.getMessage());
        retry(ledger, Failure.REDIS);
      }
    } catch (NotLoadedException e) {
      failed(ledger, Failure.REDIS, e);
    } catch (MySQLException e) {
      if (SqlErrors.isUnknown(e)) {
        ledger.refusals++;
      }
      if (SqlErrors.endsConnections(e)) {
        mysql.goesOn(ALL, SqlErrors.message(e));
        retry(ledger, Failure.MYSQL);
      } else {
        failed(ledger, Failure.MYSQL, e);
      }
    } catch (SqlUnavailableException e) {
      // At the end of this replica a thread is interrupted; that says nothing about MySQL.
      if (!Thread.currentThread().isInterrupted()) {
        mysql.goesOn(ALL, e.getMessage());
      }
      retry(ledger, Failure.MYSQL);
    } catch (RuntimeException | Error e) {
      if (mayBeOfAnEntry(e)) {
        ledger.refusals++;
      }
      failed(ledger, Failure.INTERNAL, e);
    }
  }

  private void drain(Ledger ledger) {
    LedgerStore.Reading reading = store.read(ledger.tag, ledger.batchEntries);
    redis.isOver(ledger.tag);
    if (!reading.held()) {
      elsewhere(ledger, reading);
      return;
    }
    if (ledger.lease()) {
      metrics.holds(ledger);
    }
    if (reading.entries().isEmpty()) {
      ledger.see(reading);
      recovered(ledger);
      quiet(ledger);
      return;
    }
    while (reading != null) {
      reading = drain(ledger, reading);
    }
  }

  /**
   * Drains what was read, and puts the ledger back on the agenda; or returns what to drain next.
   */
  private LedgerStore.Reading drain(Ledger ledger, LedgerStore.Reading reading) {
    ledger.see(reading);
    List<LedgerEntry> entries = reading.entries();
    if (reading.deadLetters() >= config.maxDeadLetters()) {
      metrics.failed(Failure.TOO_MANY_DEAD_LETTERS);
      complain(
          ledger,
          "The drain of ledger %s has stopped: it has %d dead letters, the limit. Replay or delete them",
          ledger.tag,
          reading.deadLetters());
      giveUpFor(ledger, config.lease().dividedBy(3));
      return null;
    }

    List<LedgerEntry> known = untilNewer(entries);
    boolean allKnown = known.size() == entries.size();
    boolean more = reading.length() > entries.size();
    LedgerStore.Reading next = null;
    if (!known.isEmpty()) {
      long began = System.nanoTime();
      Supplier<LedgerStore.Reading> ahead = more && allKnown ? readAhead(ledger, entries) : null;
      List<DeadLetter> refused = apply(ledger, known);
      mysql.isOver(ALL);
      sayFenced(ledger, refused);
      next = ahead == null ? null : arrived(ahead, known.size(), refused.size());
      if (!settle(ledger, known, refused)) {
        metrics.failed(Failure.LEASE_LOST);
        keepFenced(ledger, refused);
        forget(ledger);
        // It took longer than the lease lasts: less at a time, or it may never be done in time.
        ledger.batchEntries = Math.max(1, ledger.batchEntries / 2);
        agenda.again(ledger, nanos(config.poll()));
        return null;
      }
      metrics.drained(known.size(), refused, System.nanoTime() - began);
      ledger.renewed();
      ledger.settled(reading, known.size(), refused.size());
    }
    recovered(ledger);
    if (!allKnown) {
      leaveToNewer(ledger, entries.get(known.size()));
      return null;
    }
    ledger.batchEntries = Math.min(config.batchEntries(), ledger.batchEntries * 2);
    if (next == null) {
      agenda.again(ledger, more || stopping ? 0 : nanos(config.poll()));
    }
    return next;
  }

  /**
   * Has Redis send the next entries while MySQL writes these. Only where no other ledger waits for
   * this thread: then they take turns, and one reads while the other writes anyway. So no more is
   * held in memory than two readings for each thread.
   */
  private Supplier<LedgerStore.Reading> readAhead(Ledger ledger, List<LedgerEntry> entries) {
    boolean alone = ledger.failures == 0 && !agenda.isAnyDue();
    return alone
        ? store.readOn(ledger.tag, ledger.batchEntries, entries.get(entries.size() - 1))
        : null;
  }

  /** What was read ahead, as it will be when these are settled; null where it is of no use. */
  private LedgerStore.Reading arrived(
      Supplier<LedgerStore.Reading> ahead, int settled, int newDeadLetters) {
    try {
      LedgerStore.Reading reading = ahead.get();
      return !reading.held() || reading.entries().isEmpty()
          ? null
          : reading.after(settled, newDeadLetters);
    } catch (RedisException e) {
      // What was written is settled all the same, and then the next pass tells.
      return null;
    }
  }

  /** Somebody else drains it. */
  private void elsewhere(Ledger ledger, LedgerStore.Reading reading) {
    forget(ledger);
    recovered(ledger);
    boolean nothingToFear = reading.length() == 0 && !ledger.live && !wroteLately(ledger);
    if (stopping || nothingToFear) {
      agenda.retire(ledger);
    } else {
      // When the lease ends, if its holder is dead.
      long millis = reading.leaseMillis() < 0 ? config.sweep().toMillis() : reading.leaseMillis();
      long jitter = jitter(nanos(config.poll()));
      agenda.putOff(ledger, Duration.ofMillis(millis + 1).toNanos() + jitter);
    }
  }

  /** There is nothing in it. */
  private void quiet(Ledger ledger) {
    if (stopping || (!ledger.live && !wroteLately(ledger))) {
      // Released before it is retired: from then on another thread may take it again.
      release(ledger);
      agenda.retire(ledger);
      return;
    }
    int doublings = Math.min(ledger.quietPasses++, 16);
    long idle = Math.min(nanos(config.idlePoll()), nanos(config.lease()) / 3);
    agenda.again(ledger, Math.min(nanos(config.poll()) << doublings, idle));
  }

  /** A newer release wrote what this one does not know; one of its replicas will apply it. */
  private void leaveToNewer(Ledger ledger, LedgerEntry entry) {
    metrics.failed(Failure.UNKNOWN_KIND);
    complain(
        ledger,
        "Ledger %s waits for a replica of a newer release: this release does not know the kind or format of %s",
        ledger.tag,
        entry.fields());
    release(ledger);
    giveUpFor(ledger, config.lease().multipliedBy(2));
  }

  private void giveUpFor(Ledger ledger, Duration pause) {
    if (stopping) {
      release(ledger);
      agenda.retire(ledger);
    } else {
      agenda.putOff(ledger, nanos(pause));
    }
  }

  /** The entries before the first of a kind or a format that only a newer release knows. */
  private List<LedgerEntry> untilNewer(List<LedgerEntry> entries) {
    for (int i = 0; i < entries.size(); i++) {
      LedgerEntry entry = entries.get(i);
      if (entry.isOfNewerRelease()
          || malformed(entry) == null && !appliers.containsKey(entry.kind())) {
        return entries.subList(0, i);
      }
    }
    return entries;
  }

  private static DeadLetter malformed(LedgerEntry entry) {
    try {
      entry.check();
      return null;
    } catch (MalformedEntryException e) {
      return new DeadLetter(entry, Reason.MALFORMED, e.getMessage());
    }
  }

  /** Applies entries in one transaction; says what is refused for good. */
  private List<DeadLetter> apply(Ledger ledger, List<LedgerEntry> entries) {
    Map<String, DeadLetter> refused = new HashMap<>();
    List<LedgerEntry> good = new ArrayList<>();
    for (LedgerEntry entry : entries) {
      DeadLetter letter = malformed(entry);
      if (letter == null) {
        good.add(entry);
      } else {
        refused.put(entry.id(), letter);
      }
    }
    boolean singly = false;
    while (true) {
      good.removeIf(entry -> refused.containsKey(entry.id()));
      List<List<LedgerEntry>> runs = runs(good, singly);
      try {
        List<DeadLetter> letters = new ArrayList<>(refused.values());
        if (!runs.isEmpty()) {
          letters.addAll(sql.run(tx -> applyRuns(tx, ledger, runs)));
        }
        return letters;
      } catch (RefusedException e) {
        // Rolled back; the rest once more, without the guilty one.
        if (good.stream().noneMatch(entry -> entry.id().equals(e.letter.entry().id()))) {
          throw new IllegalStateException("An applier rejected an entry that it was not given", e);
        }
        if (e.runSize == 1 || e.letter.reason() == Reason.MALFORMED) {
          refused.put(e.letter.entry().id(), e.letter);
        } else {
          singly = true;
        }
      }
    }
  }

  private List<DeadLetter> applyRuns(
      SqlTransaction tx, Ledger ledger, List<List<LedgerEntry>> runs) {
    List<DeadLetter> letters = new ArrayList<>();
    for (List<LedgerEntry> run : runs) {
      try {
        letters.addAll(appliers.get(run.get(0).kind()).apply(tx, ledger.tag, run));
      } catch (MalformedEntryException e) {
        throw new RefusedException(
            new DeadLetter(e.entry(), Reason.MALFORMED, e.getMessage()), run.size(), e);
      } catch (MySQLException e) {
        Reason reason =
            SqlErrors.finalReason(e)
                .map(Reason::of)
                .or(() -> lastReason(ledger, e))
                .orElseThrow(() -> e);
        throw new RefusedException(
            new DeadLetter(run.get(0), reason, e.getMessage()), run.size(), e);
      } catch (RuntimeException | Error e) {
        if (ledger.refusals < REFUSALS_OF_AN_ENTRY || !mayBeOfAnEntry(e)) {
          throw e;
        }
        throw new RefusedException(
            new DeadLetter(run.get(0), Reason.REFUSED, e.toString()), run.size(), e);
      }
    }
    return letters;
  }

  /** What does not pass, and is nothing that an operator mends for all entries. */
  private static Optional<Reason> lastReason(Ledger ledger, MySQLException e) {
    return ledger.refusals >= REFUSALS_OF_AN_ENTRY && SqlErrors.isUnknown(e)
        ? Optional.of(Reason.REFUSED)
        : Optional.empty();
  }

  /**
   * Whether an entry may have made an applier fail, as a defect that it meets does. No entry makes
   * the memory end, or the JVM fail.
   */
  private static boolean mayBeOfAnEntry(Throwable e) {
    return e instanceof StackOverflowError
        || !(e instanceof VirtualMachineError
            || e instanceof SqlUnavailableException
            || e instanceof MySqlBehindException
            || e instanceof RedisException
            || e instanceof NotLoadedException
            || e instanceof TimeoutException);
  }

  /** Consecutive entries of one applier's kinds; or each for itself, to find the guilty one. */
  private List<List<LedgerEntry>> runs(List<LedgerEntry> entries, boolean singly) {
    List<List<LedgerEntry>> runs = new ArrayList<>();
    LedgerApplier last = null;
    for (LedgerEntry entry : entries) {
      LedgerApplier applier = appliers.get(entry.kind());
      if (singly || applier != last) {
        runs.add(new ArrayList<>());
      }
      runs.get(runs.size() - 1).add(entry);
      last = applier;
    }
    return runs;
  }

  private boolean settle(Ledger ledger, List<LedgerEntry> entries, List<DeadLetter> refused) {
    Map<String, List<DeadLetter>> byEntry = new HashMap<>();
    refused.forEach(
        letter ->
            byEntry.computeIfAbsent(letter.entry().id(), id -> new ArrayList<>()).add(letter));
    List<LedgerEntry> some = new ArrayList<>();
    List<DeadLetter> theirs = new ArrayList<>();
    for (LedgerEntry entry : entries) {
      some.add(entry);
      theirs.addAll(byEntry.getOrDefault(entry.id(), List.of()));
      if (theirs.size() >= DEAD_LETTERS_PER_SETTLE) {
        if (!store.settle(ledger.tag, some, theirs)) {
          return false;
        }
        some.clear();
        theirs.clear();
      }
    }
    return some.isEmpty() || store.settle(ledger.tag, some, theirs);
  }

  private static void sayFenced(Ledger ledger, List<DeadLetter> refused) {
    long fenced = refused.stream().filter(DrainPass::isFenced).count();
    if (fenced > 0) {
      LOG.errorf(
          "Ledger %s had %d entries of an earlier epoch, which are now dead letters. See docs/operations.md",
          ledger.tag, fenced);
    }
  }

  /**
   * Where Redis lost its data after these were read, nobody will find them in the ledger again:
   * this drainer alone knows what was decided, and that MySQL has fenced it off. Without the lease
   * two may keep the same one; better twice than not at all.
   */
  private void keepFenced(Ledger ledger, List<DeadLetter> refused) {
    store.keep(ledger.tag, refused.stream().filter(DrainPass::isFenced).toList());
  }

  private static boolean isFenced(DeadLetter letter) {
    return letter.isLate();
  }

  /** Worth a line when it does not pass; the fault of this ledger, as far as is known. */
  private void failed(Ledger ledger, Failure failure, Throwable e) {
    if (ledger.failures + 1 == FAILURES_WORTH_A_LINE) {
      // What a server says needs no stack trace.
      LOG.errorf(
          failure == Failure.INTERNAL ? e : null,
          "Could not drain ledger %s; retrying until it succeeds. %s",
          ledger.tag,
          e instanceof MySQLException error ? SqlErrors.message(error) : e.getMessage());
    }
    retry(ledger, failure);
  }

  private void retry(Ledger ledger, Failure failure) {
    metrics.failed(failure);
    ledger.quietPasses = 0;
    int doublings = Math.min(ledger.failures++, 16);
    long most =
        Math.min(nanos(config.retryBackoff()) << doublings, nanos(config.maxRetryBackoff()));
    agenda.putOff(ledger, most / 2 + jitter(most / 2));
  }

  private void recovered(Ledger ledger) {
    if (ledger.failures >= FAILURES_WORTH_A_LINE) {
      LOG.infof("Ledger %s is being drained again", ledger.tag);
    }
    ledger.failures = 0;
    ledger.refusals = 0;
  }

  private void complain(Ledger ledger, String format, Object... args) {
    long now = System.nanoTime();
    if (ledger.complainedAt == null || now - ledger.complainedAt >= COMPLAIN_EVERY_NANOS) {
      ledger.complainedAt = now;
      LOG.warnf(format, args);
    }
  }

  private void release(Ledger ledger) {
    forget(ledger);
    store.release(ledger.tag);
  }

  private void forget(Ledger ledger) {
    if (ledger.release()) {
      metrics.lost(ledger);
    }
  }

  private boolean wroteLately(Ledger ledger) {
    return ledger.wroteAt != null
        && System.nanoTime() - ledger.wroteAt < QUIET_LEASES * nanos(config.lease());
  }

  private static long nanos(Duration duration) {
    return duration.toNanos();
  }

  private static long jitter(long most) {
    return ThreadLocalRandom.current().nextLong(most + 1);
  }

  /** An entry, or a run of them, that is refused for good by an exception. */
  private static final class RefusedException extends RuntimeException {

    private final transient DeadLetter letter;
    private final int runSize;

    RefusedException(DeadLetter letter, int runSize, Throwable cause) {
      super(cause);
      this.letter = letter;
      this.runSize = runSize;
    }
  }
}
