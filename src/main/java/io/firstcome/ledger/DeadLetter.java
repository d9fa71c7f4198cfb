package io.firstcome.ledger;

import io.firstcome.mysql.Refusal;
import java.util.Locale;

/**
 * What MySQL refuses for good. It leaves the ledger, so that what comes after it is not held up,
 * and waits for the operator.
 *
 * @param entry the entry, or just the refused part of one that packs several decisions; its id is
 *     that of the entry in the ledger
 * @param detail for the operator: what was refused, and why
 * @param isLate whether a state decided it that has been replaced since: then nobody finds it again
 */
public record DeadLetter(LedgerEntry entry, Reason reason, String detail, boolean isLate) {

  public DeadLetter(LedgerEntry entry, Reason reason, String detail) {
    this(entry, reason, detail, reason == Reason.STALE_EPOCH);
  }

  /** One that was decided by a state that has been replaced since. */
  public static DeadLetter late(LedgerEntry entry, Reason reason, String detail) {
    return new DeadLetter(entry, reason, detail, true);
  }

  /** Why it was refused. */
  public enum Reason {
    /** The entry does not hold what its kind must hold. */
    MALFORMED,
    /** Something else is written where this would have to be. */
    CONFLICT,
    DATA_TOO_LONG,
    OUT_OF_RANGE,
    /** A value of the wrong kind, or none where there must be one. */
    WRONG_VALUE,
    /** It belongs to something that is not there. */
    FOREIGN_KEY,
    /** Decided by a state that has been replaced since. */
    STALE_EPOCH,
    /** It fails every time, with an error that is not known. */
    REFUSED;

    private final String slug = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** The name in metrics, in Redis and in the API. */
    public String slug() {
      return slug;
    }

    /** As MySQL says it. */
    public static Reason of(Refusal refusal) {
      return valueOf(refusal.name());
    }
  }
}
