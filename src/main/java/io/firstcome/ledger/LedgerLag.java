package io.firstcome.ledger;

import java.time.Duration;

/**
 * How far MySQL is behind a ledger, as its drainer saw it last.
 *
 * @param entries that are not yet in MySQL
 * @param oldest how long the oldest of them has waited
 * @param deadLetters that wait for an operator
 */
public record LedgerLag(long entries, Duration oldest, long deadLetters) {}
