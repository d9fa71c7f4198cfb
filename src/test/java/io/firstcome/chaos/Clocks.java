package io.firstcome.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Wrong clocks for single processes, by a library that is put before the system's: {@code clock.c}.
 * (libfaketime, which could do the same, stops a JVM while it starts.) Where there is no C
 * compiler, or no Linux, no clock jumps, and the summary says so.
 */
final class Clocks {
  private final Path library;

  /**
   * @param folder for the library
   */
  Clocks(Path folder) {
    Path compiled = folder.resolve("libclock.so").toAbsolutePath();
    library = isLinux() && compiled(folder.resolve("clock.c"), compiled) ? compiled : null;
  }

  /** Where the system's loader takes a library that is put before it. */
  private static boolean isLinux() {
    return System.getProperty("os.name").equals("Linux");
  }

  private static boolean compiled(Path source, Path library) {
    try (InputStream in = Clocks.class.getResourceAsStream("clock.c")) {
      Files.createDirectories(source.getParent());
      Files.copy(in, source, StandardCopyOption.REPLACE_EXISTING);
      String line =
          "command -v cc >/dev/null && cc -shared -fPIC -O2 -o '%s' '%s'"
              .formatted(library, source);
      Process shell =
          new ProcessBuilder("sh", "-c", line)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      return shell.waitFor(60, TimeUnit.SECONDS) && shell.exitValue() == 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  boolean canJump() {
    return library != null;
  }

  /** The environment of a process whose clock is off by what {@link #set} says. */
  Map<String, String> environment(Path clock) {
    if (!canJump()) {
      return Map.of();
    }
    set(clock, 0);
    return Map.of(
        "LD_PRELOAD", library.toString(), "CHAOS_CLOCK", clock.toAbsolutePath().toString());
  }

  /** In place: the process has the file mapped. */
  void set(Path clock, int seconds) {
    try {
      long nanos = TimeUnit.SECONDS.toNanos(seconds);
      byte[] bytes =
          ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(nanos).array();
      if (Files.exists(clock)) {
        try (var file = Files.newByteChannel(clock, StandardOpenOption.WRITE)) {
          file.write(ByteBuffer.wrap(bytes));
        }
      } else {
        Files.write(clock, bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
