package io.firstcome.lock;

/**
 * A lock that is held.
 *
 * @param token of its holder
 * @param fence the fencing token, larger than that of every earlier holder; 0: the store has none
 * @param endsNanos until when, on the clock of {@code System.nanoTime}: counted from before the
 *     store was asked, so that it ends here no later than there
 */
record Grant(String name, String token, long fence, long endsNanos) {}
