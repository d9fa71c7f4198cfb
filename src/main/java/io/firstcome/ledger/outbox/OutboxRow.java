package io.firstcome.ledger.outbox;

/**
 * One row of the outbox.
 *
 * @param id ascends in each ledger: a row that is not above the last one of its ledger was handed
 *     over before
 * @param ledger the tag of the ledger
 * @param kind what the body is, at most 32 ASCII characters, or {@link #HOLE}
 * @param body at most 256 KiB of text
 */
public record OutboxRow(long id, String ledger, String kind, String body) {

  /** The kind of a row that has no body: up to the next row of its ledger, rows are missing. */
  public static final String HOLE = "hole";
}
