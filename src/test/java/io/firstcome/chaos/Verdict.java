package io.firstcome.chaos;

import java.util.List;

/**
 * What the judge says.
 *
 * @param acknowledged claims and reservations that somebody was told of
 * @param unknown requests of which at least one try had an unknown outcome
 * @param lost acknowledged and gone, though their level protects them
 * @param forfeited acknowledged and gone within what their level can lose
 * @param reissued numbers of claims that were forfeited unnoticed, given again
 * @param duplicates a number, or a user's unit, given twice
 * @param overIssued units acknowledged beyond the quantity and the stated bound
 * @param findings each broken promise in words; none: all were kept
 */
record Verdict(
    long acknowledged,
    long unknown,
    long lost,
    long forfeited,
    long reissued,
    long duplicates,
    long overIssued,
    List<String> findings) {

  boolean isClean() {
    return findings.isEmpty();
  }
}
