package io.firstcome.durability;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jboss.logging.Logger;

/**
 * The answers that one event loop holds back: so many at most, each for so long at most, told in
 * the order in which they came.
 */
final class PendingAnswers {

  private static final Logger LOG = Logger.getLogger(PendingAnswers.class);

  private final int max;
  private final long patienceNanos;
  private final BiConsumer<PendingAnswer, Boolean> told;
  private final Deque<PendingAnswer> forReplicas = new ArrayDeque<>();
  private final Map<String, Deque<PendingAnswer>> forDatabase = new HashMap<>();

  /** Also read by other threads. */
  private volatile int size;

  /**
   * @param told hears of each that was told, and whether it was secured
   */
  PendingAnswers(int max, long patienceNanos, BiConsumer<PendingAnswer, Boolean> told) {
    this.max = max;
    this.patienceNanos = patienceNanos;
    this.told = told;
  }

  int size() {
    return size;
  }

  boolean isFull() {
    return size >= max;
  }

  /** Holds an answer back; one too many is told at once that it is not secured. */
  void add(PendingAnswer held, long nowNanos) {
    held.sinceNanos = nowNanos;
    if (isFull()) {
      tell(held, false);
      return;
    }
    if (held.level == Acknowledge.REPLICA) {
      forReplicas.add(held);
    } else {
      forDatabase.computeIfAbsent(held.tag, tag -> new ArrayDeque<>()).add(held);
    }
    size++;
  }

  /** The first that waits for replicas for which this is true. */
  Optional<PendingAnswer> awaitsReplicas(Predicate<PendingAnswer> which) {
    return forReplicas.stream().filter(which).findFirst();
  }

  /** The ledgers whose answers wait for MySQL. */
  Set<String> tags() {
    return Set.copyOf(forDatabase.keySet());
  }

  /** The answers of a ledger that wait for MySQL. */
  List<PendingAnswer> of(String tag) {
    Deque<PendingAnswer> held = forDatabase.get(tag);
    return held == null ? List.of() : List.copyOf(held);
  }

  void releaseFromReplicas(Predicate<PendingAnswer> secured) {
    release(forReplicas, secured);
  }

  void releaseFromDatabase(String tag, Predicate<PendingAnswer> secured) {
    Deque<PendingAnswer> held = forDatabase.get(tag);
    if (held != null) {
      release(held, secured);
      if (held.isEmpty()) {
        forDatabase.remove(tag, held);
      }
    }
  }

  private void release(Deque<PendingAnswer> held, Predicate<PendingAnswer> secured) {
    List<PendingAnswer> released = new ArrayList<>();
    for (Iterator<PendingAnswer> each = held.iterator(); each.hasNext(); ) {
      PendingAnswer one = each.next();
      if (secured.test(one)) {
        each.remove();
        released.add(one);
      }
    }
    leave(released, true);
  }

  /** Tells those who have waited too long. */
  void expire(long nowNanos) {
    List<PendingAnswer> late = new ArrayList<>();
    expire(forReplicas, nowNanos, late);
    forDatabase.values().forEach(held -> expire(held, nowNanos, late));
    forDatabase.values().removeIf(Deque::isEmpty);
    leave(late, false);
  }

  /** They wait equally long, so the first are the first to be late. */
  private void expire(Deque<PendingAnswer> held, long nowNanos, List<PendingAnswer> late) {
    while (!held.isEmpty() && nowNanos - held.peek().sinceNanos >= patienceNanos) {
      late.add(held.poll());
    }
  }

  /** After they are gone from here: whoever is told may come again at once. */
  private void leave(List<PendingAnswer> those, boolean secured) {
    size -= those.size();
    for (PendingAnswer held : those) {
      tell(held, secured);
    }
  }

  private void tell(PendingAnswer held, boolean secured) {
    told.accept(held, secured);
    try {
      if (secured) {
        held.secured();
      } else {
        held.notSecured();
      }
    } catch (RuntimeException e) {
      // Those behind it have nothing to do with it.
      LOG.errorf(e, "Could not send a response of %s", held.tag);
    }
  }
}
