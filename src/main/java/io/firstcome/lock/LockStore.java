package io.firstcome.lock;

import io.smallrye.mutiny.Uni;
import java.time.Duration;

/**
 * Where locks are kept. Time is that of the store alone. Failures are those of its calls; a lock
 * whose reply was lost may be held, and ends with its lease.
 */
interface LockStore {

  /** What a store says of a lock. */
  enum State {
    HELD,
    /** Somebody else holds it. */
    REFUSED,
    /** Too many locks are held. */
    FULL
  }

  /**
   * A store's answer.
   *
   * @param fence the fencing token of a lock that is held; 0: the store has none to give
   * @param millis for how long it is held, counted from the call; or until the lease of its holder
   *     ends, where that is known
   */
  record Reply(State state, long fence, long millis) {

    static final Reply REFUSED = new Reply(State.REFUSED, 0, 0);

    boolean isHeld() {
      return state == State.HELD;
    }
  }

  /** Receives which locks may be free. */
  interface Listener {
    /**
     * A lock was released.
     *
     * @param key its name; or the token of a waiter whose turn it is
     */
    void free(String key);

    /** Messages may have been missed. */
    void anyMayBeFree();
  }

  /**
   * Takes a lock.
   *
   * @param waits whether the caller will try again if it is refused
   */
  Uni<Reply> take(LockRequest request, boolean waits);

  /** Extends the lease of a lock that is still held with this token. */
  Uni<Reply> extend(String name, String token, Duration lease);

  /** Releases a lock; returns whether this token still held it. */
  Uni<Boolean> release(String name, String token);

  /** Begins to tell which locks may be free. A store that cannot has its waiters poll. */
  default void listen(Listener listener) {}

  /** Ends that. */
  default void close() {}

  /**
   * How long a waiter sleeps unless it is woken.
   *
   * @param endsInMillis what the store said of the holder's lease
   */
  long pauseMillis(LockRequest request, long endsInMillis);
}
