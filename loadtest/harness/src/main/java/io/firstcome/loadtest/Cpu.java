package io.firstcome.loadtest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.concurrent.locks.LockSupport;

/** Processor time of processes, from {@code /proc}; Linux counts it in steps of 10 ms. */
final class Cpu {
  private static final long TICK_MICROS = 10_000;
  private static final long LOOK_NANOS = 250_000_000;
  private static final int MAX_LOOKS = 60;

  private Cpu() {}

  /** User and system time of a process and all its threads so far; 0 for the pid 0. */
  static long micros(long pid) {
    if (pid == 0) {
      return 0;
    }
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      // The name, in parentheses, may hold anything; the third field follows it.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_MICROS;
    } catch (IOException e) {
      throw new UncheckedIOException("process " + pid + " is gone", e);
    }
  }

  /** Waits until these processes have next to nothing to do, or for 15 s; says which it was. */
  static boolean awaitQuiet(Collection<Long> pids) {
    for (int look = 0; look < MAX_LOOKS; look++) {
      long before = pids.stream().mapToLong(Cpu::micros).sum();
      LockSupport.parkNanos(LOOK_NANOS);
      if (pids.stream().mapToLong(Cpu::micros).sum() - before <= 2 * TICK_MICROS) {
        return true;
      }
    }
    return false;
  }
}
