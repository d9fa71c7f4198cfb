package io.firstcome.ledger.drain;

import io.firstcome.ledger.Ledger;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Which ledger is looked at when. A ledger is with one thread at a time.
 *
 * <p>No wake-up is lost: {@code woken} is cleared before a ledger is handed out, so before the
 * thread reads it from Redis. Who finds it set may go away, as the reading that is to come sees
 * what was written; who finds it clear sets it, and then either the ledger is asleep and moves to
 * the front, or it is being looked at and is looked at once more. It is retired only while {@code
 * woken} is clear, under the lock.
 */
final class DrainQueue {

  private final ConcurrentMap<String, Ledger> ledgers = new ConcurrentHashMap<>();
  private final int batchEntries;
  private final long leaseNanos;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Condition emptied = lock.newCondition();
  private final TreeSet<Ledger> asleep =
      new TreeSet<>(
          (a, b) -> a.due == b.due ? Long.compare(a.order, b.order) : Long.compare(a.due, b.due));
  private final long origin = System.nanoTime();
  private long orders = 1;
  private boolean closed;

  DrainQueue(int batchEntries, Duration lease) {
    this.batchEntries = batchEntries;
    this.leaseNanos = lease.toNanos();
  }

  /** The ledger of this tag, if it is looked after. */
  Ledger known(String tag) {
    return ledgers.get(tag);
  }

  List<Ledger> all() {
    return List.copyOf(ledgers.values());
  }

  /**
   * Has a ledger looked at as soon as a thread is free; one that is put off ({@code putOff}) when
   * its time has come. Does not wait, and does nothing at all where it was woken already.
   */
  void wake(String tag) {
    while (true) {
      Ledger ledger = ledgers.get(tag);
      if (ledger == null) {
        ledger = add(tag, 0);
      }
      if (ledger.woken) {
        return;
      }
      lock.lock();
      try {
        if (!ledger.retired) {
          ledger.woken = true;
          if (!ledger.running && !ledger.deaf) {
            schedule(ledger, now());
          }
          return;
        }
      } finally {
        lock.unlock();
      }
    }
  }

  /** Has a ledger looked at within some time, if it is not looked after already. */
  Ledger add(String tag, long delayNanos) {
    lock.lock();
    try {
      Ledger ledger = ledgers.get(tag);
      if (ledger == null) {
        ledger = new Ledger(tag, batchEntries, leaseNanos);
        ledgers.put(tag, ledger);
        schedule(ledger, now() + delayNanos);
      }
      return ledger;
    } finally {
      lock.unlock();
    }
  }

  /** Has every ledger looked at now. */
  void wakeAll() {
    lock.lock();
    try {
      for (Ledger ledger : ledgers.values()) {
        ledger.deaf = false;
        ledger.woken = true;
        if (!ledger.running && !ledger.retired) {
          schedule(ledger, now());
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether a ledger waits for a thread. */
  boolean isAnyDue() {
    lock.lock();
    try {
      return !asleep.isEmpty() && asleep.first().due <= now();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a ledger to look at; null when this is closed. */
  Ledger take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!closed) {
        if (asleep.isEmpty()) {
          changed.await();
          continue;
        }
        Ledger first = asleep.first();
        long wait = first.due - now();
        if (wait > 0) {
          changed.awaitNanos(wait);
          continue;
        }
        asleep.remove(first);
        first.running = true;
        first.deaf = false;
        if (first.woken) {
          first.woken = false;
          first.wroteAt = System.nanoTime();
        }
        if (!asleep.isEmpty()) {
          // Whoever waits may wait for the one just taken.
          changed.signal();
        }
        return first;
      }
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** Looks at it again within some time, or at once when it was woken meanwhile. */
  void again(Ledger ledger, long delayNanos) {
    done(ledger, delayNanos, false);
  }

  /** Looks at it again after some time, woken or not. */
  void putOff(Ledger ledger, long delayNanos) {
    done(ledger, delayNanos, true);
  }

  private void done(Ledger ledger, long delayNanos, boolean deaf) {
    lock.lock();
    try {
      ledger.running = false;
      ledger.deaf = deaf;
      schedule(ledger, ledger.woken && !deaf ? now() : now() + delayNanos);
    } finally {
      lock.unlock();
    }
  }

  /** Forgets a ledger, unless it was woken meanwhile: then it is looked at again. */
  void retire(Ledger ledger) {
    lock.lock();
    try {
      ledger.running = false;
      if (ledger.woken) {
        schedule(ledger, now());
        return;
      }
      ledger.retired = true;
      ledgers.remove(ledger.tag);
      if (ledgers.isEmpty()) {
        emptied.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits until no ledger is looked after; says whether that is so. */
  boolean awaitEmpty(long nanos) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = nanos;
      while (!ledgers.isEmpty() && left > 0) {
        left = emptied.awaitNanos(left);
      }
      return ledgers.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void schedule(Ledger ledger, long due) {
    asleep.remove(ledger);
    ledger.due = due;
    ledger.order = orders++;
    asleep.add(ledger);
    if (asleep.first() == ledger) {
      changed.signal();
    }
  }

  private long now() {
    return System.nanoTime() - origin;
  }
}
