package io.firstcome.ledger;

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
final class HeldAnswers {

  private static final Logger LOG = Logger.getLogger(HeldAnswers.class);

  private final int max;
  private final long patienceNanos;
  private final BiConsumer<Held, Boolean> told;
  private final Deque<Held> forReplicas = new ArrayDeque<>();
  private final Map<String, Deque<Held>> forDatabase = new HashMap<>();

  /** Also read by other threads. */
  private volatile int size;

  /**
   * @param told hears of each that was told, and whether it was secured
   */
  HeldAnswers(int max, long patienceNanos, BiConsumer<Held, Boolean> told) {
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
  void add(Held held, long nowNanos) {
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
  Optional<Held> awaitsReplicas(Predicate<Held> which) {
    return forReplicas.stream().filter(which).findFirst();
  }

  /** The ledgers whose answers wait for MySQL. */
  Set<String> tags() {
    return Set.copyOf(forDatabase.keySet());
  }

  /** The answers of a ledger that wait for MySQL. */
  List<Held> of(String tag) {
    Deque<Held> held = forDatabase.get(tag);
    return held == null ? List.of() : List.copyOf(held);
  }

  void releaseFromReplicas(Predicate<Held> secured) {
    release(forReplicas, secured);
  }

  void releaseFromDatabase(String tag, Predicate<Held> secured) {
    Deque<Held> held = forDatabase.get(tag);
    if (held != null) {
      release(held, secured);
      if (held.isEmpty()) {
        forDatabase.remove(tag, held);
      }
    }
  }

  private void release(Deque<Held> held, Predicate<Held> secured) {
    List<Held> released = new ArrayList<>();
    for (Iterator<Held> each = held.iterator(); each.hasNext(); ) {
      Held one = each.next();
      if (secured.test(one)) {
        each.remove();
        released.add(one);
      }
    }
    leave(released, true);
  }

  /** Tells those who have waited too long. */
  void expire(long nowNanos) {
    List<Held> late = new ArrayList<>();
    expire(forReplicas, nowNanos, late);
    forDatabase.values().forEach(held -> expire(held, nowNanos, late));
    forDatabase.values().removeIf(Deque::isEmpty);
    leave(late, false);
  }

  /** They wait equally long, so the first are the first to be late. */
  private void expire(Deque<Held> held, long nowNanos, List<Held> late) {
    while (!held.isEmpty() && nowNanos - held.peek().sinceNanos >= patienceNanos) {
      late.add(held.poll());
    }
  }

  /** After they are gone from here: whoever is told may come again at once. */
  private void leave(List<Held> those, boolean secured) {
    size -= those.size();
    for (Held held : those) {
      tell(held, secured);
    }
  }

  private void tell(Held held, boolean secured) {
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
