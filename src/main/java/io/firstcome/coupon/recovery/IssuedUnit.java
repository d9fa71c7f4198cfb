package io.firstcome.coupon.recovery;

import io.firstcome.ledger.LedgerEntry;
import io.firstcome.ledger.MalformedEntryException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A unit that an entry of the ledger says was issued.
 *
 * @param unit which of its user's units it is, from 1
 * @param group that it counts against; null: none
 */
record IssuedUnit(LedgerEntry entry, long sequence, String user, long unit, String group) {

  private static final String UNITS = "units";
  private static final String GROUPS = "groups";

  /**
   * The units of an entry, in order. One without {@code units} has a first unit of each user.
   *
   * @throws MalformedEntryException when the entry is not as a script writes it
   */
  static List<IssuedUnit> of(LedgerEntry entry) {
    List<String> users = entry.words("users");
    List<String> units = wordsOfUsers(entry, UNITS, users);
    List<String> groups = wordsOfUsers(entry, GROUPS, users);
    long first = entry.number("first");
    List<IssuedUnit> issued = new ArrayList<>(users.size());
    for (int i = 0; i < users.size(); i++) {
      long unit = units == null ? 1 : number(entry, units.get(i));
      String group = groups == null ? null : groups.get(i);
      issued.add(new IssuedUnit(entry, first + i, users.get(i), unit, group));
    }
    return issued;
  }

  /** Null where the entry is without this field. */
  private static List<String> wordsOfUsers(LedgerEntry entry, String field, List<String> users) {
    if (!entry.fields().containsKey(field)) {
      return null;
    }
    List<String> words = entry.words(field);
    if (words.size() != users.size()) {
      throw new MalformedEntryException(
          entry, "Field " + field + " does not have one word for each user");
    }
    return words;
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
    Map<String, String> part = new HashMap<>();
    part.put("first", String.valueOf(sequence));
    part.put("users", user);
    if (entry.fields().containsKey(UNITS)) {
      part.put(UNITS, String.valueOf(unit));
    }
    if (group != null) {
      part.put(GROUPS, group);
    }
    return entry.with(part);
  }
}
