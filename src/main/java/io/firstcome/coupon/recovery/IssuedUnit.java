package io.firstcome.coupon.recovery;

import io.firstcome.ledger.LedgerEntry;
import io.firstcome.ledger.MalformedEntryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A unit that an entry of the ledger says was issued.
 *
 * @param unit which of its user's units it is, from 1
 */
record IssuedUnit(LedgerEntry entry, long sequence, String user, long unit) {

  private static final String UNITS = "units";

  /**
   * The units of an entry, in order. One without {@code units} has a first unit of each user.
   *
   * @throws MalformedEntryException when the entry is not as a script writes it
   */
  static List<IssuedUnit> of(LedgerEntry entry) {
    List<String> users = entry.words("users");
    List<String> units = entry.fields().containsKey(UNITS) ? entry.words(UNITS) : null;
    if (units != null && units.size() != users.size()) {
      throw new MalformedEntryException(
          entry, "Field units does not have one number for each user");
    }
    long first = entry.number("first");
    List<IssuedUnit> issued = new ArrayList<>(users.size());
    for (int i = 0; i < users.size(); i++) {
      long unit = units == null ? 1 : number(entry, units.get(i));
      issued.add(new IssuedUnit(entry, first + i, users.get(i), unit));
    }
    return issued;
  }

  private static long number(LedgerEntry entry, String unit) {
    try {
      return Long.parseLong(unit);
    } catch (NumberFormatException e) {
      throw new MalformedEntryException(entry, "Field units has " + unit);
    }
  }

  /** The part of the entry that issued it. */
  LedgerEntry alone() {
    Map<String, String> part = Map.of("first", String.valueOf(sequence), "users", user);
    LedgerEntry one = entry.with(part);
    return entry.fields().containsKey(UNITS) ? one.with(Map.of(UNITS, String.valueOf(unit))) : one;
  }
}
