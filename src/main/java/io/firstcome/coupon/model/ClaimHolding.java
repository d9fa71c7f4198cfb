package io.firstcome.coupon.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What a claimant holds, as the claimants HASH keeps it. Only this class, {@code claim-holding.lua}
 * and {@code holding-units.lua} write or read that text.
 *
 * <p>A claim of one unit has format 0: {@code sequence:issuedAtMicros}. In format 1 the number of
 * the format comes first, and members follow: {@code
 * 1;7:1700000000000000;2=8;3=12:1700000000900000} has a second and a third unit, the second issued
 * together with the first; {@code 1;7:1700000000000000;g=north} counts against a group. A text of
 * any other format is refused.
 *
 * @param sequence the number of the first unit, from 1
 * @param issuedAtMicros when it was issued, microseconds since 1970
 * @param members {@code ;name=value} for each member, in ASCII without blanks; empty in format 0
 */
public record ClaimHolding(long sequence, long issuedAtMicros, String members) {

  private static final String FORMAT_1 = "1;";
  private static final String GROUP = "g";

  /** As many as always fit into a long. */
  private static final int MOST_DIGITS = 18;

  /**
   * A unit of a claim.
   *
   * @param sequence its number, from 1
   * @param issuedAtMicros when it was issued, microseconds since 1970
   * @param state null: as it was issued
   * @param group that it counts against; null: none
   */
  public record Unit(long sequence, long issuedAtMicros, State state, String group) {

    /** A unit that counts against no group. */
    public Unit(long sequence, long issuedAtMicros, State state) {
      this(sequence, issuedAtMicros, state, null);
    }

    /** The same as it was issued. */
    public Unit(long sequence, long issuedAtMicros) {
      this(sequence, issuedAtMicros, null);
    }

    /** Whether it was issued as this one was, whatever has become of them. */
    public boolean isIssuedAs(Unit other) {
      return sequence == other.sequence
          && issuedAtMicros == other.issuedAtMicros
          && Objects.equals(group, other.group);
    }

    /** Whether it counts against the quantity: it did not go back. */
    public boolean isCounted() {
      return state == null || !state.name().equals(State.RETURNED);
    }
  }

  /**
   * What became of a unit.
   *
   * @param name {@link #QUEUED}, {@link #HANDED}, {@link #OFFERED}, {@link #ACCEPTED}, {@link
   *     #REDEEMED}, {@link #UNREDEEMED}, {@code revoked} or {@link #RETURNED}
   * @param sinceMicros microseconds since 1970
   * @param reference of the order, or null
   */
  public record State(String name, long sinceMicros, String reference) {

    /** To be handed out in its turn. */
    public static final String QUEUED = "queued";

    /** Queued once, and as good as any that was issued. */
    public static final String HANDED = "handed";

    /** It came back, and is the user's who waited if they accept it in time. */
    public static final String OFFERED = "offered";

    /** Offered once, and as good as any that was issued. */
    public static final String ACCEPTED = "accepted";

    public static final String REDEEMED = "redeemed";

    /** Taken back: it may be redeemed for another order. */
    public static final String UNREDEEMED = "unredeemed";

    /** Revoked or not accepted, and issued again under another number. */
    public static final String RETURNED = "returned";

    private static State of(String text) {
      String[] parts = text.split(",", 3);
      return new State(parts[0], Long.parseLong(parts[1]), parts.length == 3 ? parts[2] : null);
    }

    private String text() {
      return name + ',' + sinceMicros + (reference == null ? "" : ',' + reference);
    }
  }

  /** A claim of one unit. */
  public ClaimHolding(long sequence, long issuedAtMicros) {
    this(sequence, issuedAtMicros, "");
  }

  /** The claim of a user who was issued these units, in this order. */
  public static ClaimHolding of(List<Unit> units) {
    StringBuilder further = new StringBuilder();
    if (units.get(0).group() != null) {
      further.append(';').append(GROUP).append('=').append(units.get(0).group());
    }
    for (int i = 1; i < units.size(); i++) {
      Unit unit = units.get(i);
      further.append(';').append(i + 1).append('=').append(unit.sequence());
      if (unit.issuedAtMicros() != units.get(i - 1).issuedAtMicros()) {
        further.append(':').append(unit.issuedAtMicros());
      }
    }
    for (int i = 0; i < units.size(); i++) {
      if (units.get(i).state() != null) {
        further.append(";s").append(i + 1).append('=').append(units.get(i).state().text());
      }
    }
    Unit first = units.get(0);
    return new ClaimHolding(first.sequence(), first.issuedAtMicros(), further.toString());
  }

  /** All units, in order of issue. */
  public List<Unit> units() {
    List<Unit> units = new ArrayList<>();
    String group = member(GROUP);
    units.add(new Unit(sequence, issuedAtMicros, state(1), group));
    for (int n = 2; ; n++) {
      String text = member(String.valueOf(n));
      if (text == null) {
        return units;
      }
      int colon = text.indexOf(':');
      long number = Long.parseLong(colon < 0 ? text : text.substring(0, colon));
      long at =
          colon < 0 ? units.get(n - 2).issuedAtMicros() : Long.parseLong(text.substring(colon + 1));
      units.add(new Unit(number, at, state(n), group));
    }
  }

  private State state(int unit) {
    String text = member("s" + unit);
    return text == null ? null : State.of(text);
  }

  /**
   * Reads a claim.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static ClaimHolding of(String text) {
    ClaimHolding holding = find(text);
    if (holding == null) {
      throw new IllegalArgumentException("This is not a claim: " + text);
    }
    return holding;
  }

  /** Reads a claim; null when it is none. */
  public static ClaimHolding find(String text) {
    boolean hasMembers = text.startsWith(FORMAT_1);
    int from = hasMembers ? FORMAT_1.length() : 0;
    int colon = text.indexOf(':', from);
    int end = hasMembers ? text.indexOf(';', from) : text.length();
    long sequence = number(text, from, colon);
    long issuedAtMicros = number(text, colon + 1, end);
    return sequence < 0 || issuedAtMicros < 0
        ? null
        : new ClaimHolding(sequence, issuedAtMicros, text.substring(end));
  }

  /** Whether this result of {@code claim.lua} is a claim, and not a number. */
  public static boolean is(String result) {
    return result.indexOf(':') >= 0;
  }

  /** Digits and nothing else; -1 where they are not. */
  private static long number(String text, int from, int to) {
    if (to <= from || to - from > MOST_DIGITS) {
      return -1;
    }
    long number = 0;
    for (int i = from; i < to; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      number = 10 * number + digit;
    }
    return number;
  }

  /** The value of a member; null where the claim does not have it. */
  public String member(String name) {
    String start = ';' + name + '=';
    int from = members.indexOf(start);
    if (from < 0) {
      return null;
    }
    int to = members.indexOf(';', from + 1);
    return members.substring(from + start.length(), to < 0 ? members.length() : to);
  }

  /** As the claimants HASH keeps it. */
  public String text() {
    return (members.isEmpty() ? "" : FORMAT_1) + sequence + ':' + issuedAtMicros + members;
  }
}
