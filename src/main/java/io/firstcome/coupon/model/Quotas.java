package io.firstcome.coupon.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How many units may be issued to each group of users. Only this class and {@code
 * coupon-groups.lua} read the stored text: {@code north=10,south=5}. Its order numbers the groups,
 * from 1: scripts are told numbers.
 */
public final class Quotas {

  /** Counts all users whose group has no quota of its own. */
  public static final String OTHERS = "*";

  /** The most groups of a coupon: each number is one character of ASCII, see {@code claim.lua}. */
  public static final int MAX_GROUPS = 64;

  /** The number of a user whom no quota counts. */
  public static final int NONE = 0;

  static final String NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,31}";

  private final Map<String, Long> units;
  private final Map<String, Integer> numbers = new HashMap<>();

  private Quotas(Map<String, Long> units) {
    this.units = Collections.unmodifiableMap(units);
    units.keySet().forEach(group -> numbers.put(group, numbers.size() + 1));
  }

  /** The quotas of a request; null: none. */
  static Quotas of(Map<String, Long> requested) {
    return new Quotas(requested == null ? Map.of() : new TreeMap<>(requested));
  }

  public static Quotas ofStored(String stored) {
    Map<String, Long> units = new LinkedHashMap<>();
    for (String one : stored.isEmpty() ? new String[0] : stored.split(",")) {
      int end = one.indexOf('=');
      units.put(one.substring(0, end), Long.valueOf(one.substring(end + 1)));
    }
    return new Quotas(units);
  }

  String stored() {
    return units.entrySet().stream()
        .map(one -> one.getKey() + '=' + one.getValue())
        .collect(Collectors.joining(","));
  }

  /** Units by group, in the order of their numbers. */
  public Map<String, Long> units() {
    return units;
  }

  /** Values of the groups, which come in the order of their numbers, by group. */
  public Map<String, Long> byGroup(List<Long> values) {
    List<String> groups = new ArrayList<>(units.keySet());
    Map<String, Long> byGroup = new LinkedHashMap<>();
    for (int i = 0; i < groups.size(); i++) {
      byGroup.put(groups.get(i), values.get(i));
    }
    return byGroup;
  }

  /** Numbers of all groups, in their order; 0 where a group has none. */
  public Map<String, Long> all(Map<String, Long> numbers) {
    return byGroup(units.keySet().stream().map(group -> numbers.getOrDefault(group, 0L)).toList());
  }

  /**
   * The number of a user's group, or {@link #NONE}.
   *
   * @param group null: it is not known
   */
  public int number(String group) {
    Integer own = numbers.get(group);
    return own == null ? numbers.getOrDefault(OTHERS, NONE) : own;
  }

  /** The group that a user's claims count against; null: none. */
  public String counted(String group) {
    return units.containsKey(group) ? group : units.containsKey(OTHERS) ? OTHERS : null;
  }
}
