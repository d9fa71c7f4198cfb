package io.firstcome.ledger;

/**
 * A kind of thing that Redis decides on: each instance has one hash tag, and with it one ledger and
 * one epoch.
 *
 * <p>A value, not a bean: the beans that work on one type (its applier, its directory, its loader,
 * its audit, …) each return it, and none of them depends on another to do so.
 *
 * @param name also its table in MySQL, which has the columns {@code id} and {@code epoch}, and a
 *     part of the names of its metrics
 * @param prefix the start of its hash tags, before the id; empty or ends with a colon, which no id
 *     has
 */
public record AggregateType(String name, String prefix) {

  /** The name of several. */
  public String plural() {
    return name + "s";
  }

  /** The hash tag of an instance, which names its ledger too. */
  public String tag(String id) {
    return prefix + id;
  }

  /** The id of an instance with this hash tag. */
  public String id(String tag) {
    return tag.substring(prefix.length());
  }

  /** Whether this is the hash tag of an instance of this type. */
  public boolean owns(String tag) {
    return tag.startsWith(prefix) && tag.indexOf(':', prefix.length()) < 0;
  }
}
