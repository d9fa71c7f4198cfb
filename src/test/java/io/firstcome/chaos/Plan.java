package io.firstcome.chaos;

import io.firstcome.chaos.Fault.Kind;
import io.firstcome.chaos.Fault.Lane;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * What a seed stands for: the same seed is the same faults at the same times. (What they meet is
 * not the same: that is up to the machine.)
 *
 * @param rounds of two minutes each
 * @param persistent whether Redis has its data on disk
 * @param believing whether the service believes a Redis that took over, at the level REDIS
 */
record Plan(
    long seed,
    int rounds,
    Level level,
    boolean persistent,
    boolean believing,
    Map<Lane, List<Fault>> faults) {
  private static final int ROUND_MILLIS = 120_000;
  private static final int SHORTEST_MILLIS = 200;
  private static final int LONGEST_MILLIS = 4_000;

  /**
   * Draws a plan.
   *
   * @param level or null: drawn too
   */
  static Plan of(long seed, int rounds, Level level) {
    Random random = new Random(seed);
    Level drawn = Level.values()[random.nextInt(Level.values().length)];
    boolean persistent = random.nextBoolean();
    Map<Lane, List<Fault>> faults = new EnumMap<>(Lane.class);
    for (Lane lane : Lane.values()) {
      faults.put(lane, new ArrayList<>());
      for (int round = 0; round < rounds; round++) {
        faults.get(lane).addAll(round(random, lane, (long) round * ROUND_MILLIS));
      }
    }
    boolean believing = random.nextBoolean();
    return new Plan(seed, rounds, level == null ? drawn : level, persistent, believing, faults);
  }

  /** A few seconds in which this goes wrong in the middle, and nothing else. */
  static Plan calm(Level level, List<Fault> faults) {
    Map<Lane, List<Fault>> byLane = new EnumMap<>(Lane.class);
    for (Lane lane : Lane.values()) {
      byLane.put(lane, faults.stream().filter(fault -> fault.kind().lane() == lane).toList());
    }
    return new Plan(1, 0, level, false, false, byLane);
  }

  private static List<Fault> round(Random random, Lane lane, long begin) {
    List<Kind> kinds = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      if (kind.lane() == lane) {
        kinds.addAll(Collections.nCopies(kind.timesARound(), kind));
      }
    }
    Collections.shuffle(kinds, random);
    List<Fault> faults = new ArrayList<>();
    int share = ROUND_MILLIS / kinds.size();
    for (int i = 0; i < kinds.size(); i++) {
      long at = begin + (long) i * share + random.nextInt(share);
      int longest = Math.min(LONGEST_MILLIS, share);
      int millis = SHORTEST_MILLIS + random.nextInt(longest - SHORTEST_MILLIS);
      faults.add(new Fault(at, kinds.get(i), millis, random.nextInt(1 << 16)));
    }
    return faults;
  }

  long killed() {
    return faults.values().stream().flatMap(List::stream).filter(f -> f.kind().kills()).count();
  }

  long size() {
    return faults.values().stream().mapToLong(List::size).sum();
  }
}
