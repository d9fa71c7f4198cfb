package io.firstcome.decision;

import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

/**
 * The coupons or sales in use on this replica. Only ids that Redis holds are added, so made-up ids
 * cost no memory; idle ones are dropped. Requests for those that do not fit go to Redis one by one.
 */
public class HotSet<H extends Hot<?>> {

  private final ConcurrentMap<String, H> all = new ConcurrentHashMap<>();
  private final int most;

  public HotSet(int most) {
    this.most = most;
  }

  public final H get(String id) {
    return all.get(id);
  }

  /** Adds one that Redis holds; null if the set is full. */
  public final H add(String id, Function<String, H> create) {
    H known = all.get(id);
    return known != null ? known : addInTurn(id, create);
  }

  /** Synchronized, so that two threads cannot both take the last place. */
  private synchronized H addInTurn(String id, Function<String, H> create) {
    return all.size() < most ? all.computeIfAbsent(id, create) : all.get(id);
  }

  public final Collection<H> all() {
    return all.values();
  }

  public final void dropIdle(Duration idle) {
    long now = System.nanoTime();
    all.values()
        .removeIf(
            hot -> {
              boolean isIdle = hot.isIdle(now, idle.toNanos());
              if (isIdle) {
                hot.dropped();
              }
              return isIdle;
            });
  }
}
