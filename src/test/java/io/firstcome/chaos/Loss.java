package io.firstcome.chaos;

import java.util.Set;

/**
 * A fault by which Redis may forget what it had decided.
 *
 * @param from when it began: what was in MySQL before is not touched by it
 * @param to when it was over: what was asked for later is not touched by it either
 * @param forfeits at which levels what was acknowledged and not in MySQL yet may be gone
 * @param unnoticed whether Redis has data after it that nobody can tell from all there was: numbers
 *     and units that are forfeited are given again
 */
record Loss(String kind, long from, long to, Set<Level> forfeits, boolean unnoticed) {}
