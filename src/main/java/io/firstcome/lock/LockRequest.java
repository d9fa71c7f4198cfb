package io.firstcome.lock;

import java.time.Duration;

/**
 * Who wants which lock.
 *
 * @param name of the lock, at most 80 characters of ASCII
 * @param token of the holder, and of nobody else; without a colon. The same token again gets the
 *     same answer
 * @param mayRepeat whether the holder knows its token before it has an answer, and may send it
 *     again
 * @param lease how long it is held unless it is extended; at least a millisecond
 * @param permits 0: the lock excludes everybody else. Otherwise so many may hold it at once, and it
 *     is given in order of arrival
 * @param maxNames how many locks may be held with this one; 0: it is the service's own and does not
 *     count, and its name has a colon
 */
record LockRequest(
    String name, String token, boolean mayRepeat, Duration lease, int permits, int maxNames) {}
