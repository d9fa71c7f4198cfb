package io.firstcome.ledger;

/** An entry that does not hold what its kind must hold. It goes to the dead letters. */
public final class MalformedEntryException extends RuntimeException {

  private final transient LedgerEntry entry;

  public MalformedEntryException(LedgerEntry entry, String message) {
    super(message);
    this.entry = entry;
  }

  /** The entry, or a part of it with the same id. */
  public LedgerEntry entry() {
    return entry;
  }
}
