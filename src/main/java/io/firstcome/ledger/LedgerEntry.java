package io.firstcome.ledger;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;

/**
 * One entry of a ledger: what a script decided, as it wrote it.
 *
 * @param id the id in the stream. It can repeat after a loss of Redis, so nothing may be told apart
 *     by it
 * @param fields name to value, in the order in which they were written
 */
public record LedgerEntry(String id, Map<String, String> fields) {

  /** The format this release writes and reads. */
  static final String FORMAT = "1";

  /** What every entry has. */
  private static final Set<String> HEAD = Set.of("format", "kind", "epoch", "at");

  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,8}");

  public LedgerEntry {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /** What kind of decision this is. */
  public String kind() {
    return text("kind");
  }

  /** The epoch of the state that decided. */
  public long epoch() {
    return number("epoch");
  }

  /** When it was decided: microseconds since 1970, the clock of Redis. */
  public long at() {
    return number("at");
  }

  /**
   * A field that is a whole number.
   *
   * @throws MalformedEntryException when it is missing or is none
   */
  public long number(String name) {
    String value = text(name);
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new MalformedEntryException(this, "Field " + name + " is not a whole number: " + value);
    }
  }

  /**
   * A field as it is.
   *
   * @throws MalformedEntryException when it is missing
   */
  public String text(String name) {
    String value = fields.get(name);
    if (value == null) {
      throw new MalformedEntryException(this, "Field " + name + " is missing");
    }
    return value;
  }

  /**
   * A field that is a list of words between single spaces, at least one.
   *
   * @throws MalformedEntryException when it is missing, or a word is empty
   */
  public List<String> words(String name) {
    List<String> words = List.of(text(name).split(" ", -1));
    if (words.contains("")) {
      throw new MalformedEntryException(this, "Field " + name + " contains an empty value");
    }
    return words;
  }

  /** This entry with some fields replaced or added: the refused part of a packed entry. */
  public LedgerEntry with(Map<String, String> changes) {
    Map<String, String> copy = new LinkedHashMap<>(fields);
    copy.putAll(changes);
    return new LedgerEntry(id, copy);
  }

  /**
   * The decisions that are packed into this entry: all fields but those that every entry has, each
   * named by what it decides on.
   */
  public void forEachPart(BiConsumer<String, String> part) {
    fields.forEach(
        (name, value) -> {
          if (!HEAD.contains(name)) {
            part.accept(name, value);
          }
        });
  }

  /** The refused decision of a packed entry, as an entry that has no other. */
  public LedgerEntry only(String name, String value) {
    Map<String, String> part = new LinkedHashMap<>(fields);
    part.keySet().retainAll(HEAD);
    part.put(name, value);
    return new LedgerEntry(id, part);
  }

  /** Whether a release after this one wrote it, in a format of its own. */
  public boolean isOfNewerRelease() {
    String format = fields.get("format");
    return format != null && NUMBER.matcher(format).matches() && !format.equals(FORMAT);
  }

  /** Checks what every entry must have, whatever its kind. */
  public void check() {
    if (!FORMAT.equals(text("format"))) {
      throw new MalformedEntryException(
          this, "This release reads format " + FORMAT + ", the entry has " + text("format"));
    }
    kind();
    epoch();
    at();
  }
}
