package io.firstcome.chaos;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A wrong clock for one process, by libfaketime (Debian's package {@code libfaketime}) where there
 * is one: installed, or unpacked and named by {@code -Dchaos.faketime}. Without it no clock jumps,
 * and the summary says so. Time that only goes on, by which waits are measured, is left alone, as
 * it is when an operator or NTP sets a clock.
 */
final class Clocks {
  private static final List<String> PLACES =
      List.of(
          "target/faketime/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
          "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
          "/usr/lib64/faketime/libfaketimeMT.so.1");

  private Clocks() {}

  static Optional<Path> library() {
    return Stream.concat(Stream.ofNullable(System.getProperty("chaos.faketime")), PLACES.stream())
        .map(Path::of)
        .filter(Files::isRegularFile)
        .map(Path::toAbsolutePath)
        .findFirst();
  }

  /** The environment of a process whose clock is off by what stands in the file. */
  static Map<String, String> settings(Path library, Path clock) {
    return Map.of(
        "LD_PRELOAD",
        library.toString(),
        "FAKETIME_TIMESTAMP_FILE",
        clock.toString(),
        "FAKETIME_DONT_FAKE_MONOTONIC",
        "1",
        "FAKETIME_NO_CACHE",
        "1");
  }
}
