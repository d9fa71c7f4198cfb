package io.firstcome.redis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** Delays each {@code fdatasync} of a process, and counts those that are over, by strace. */
final class SlowDisk implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int DELAY_MICROS = 200_000;

  private final Process strace;
  private final Path log;

  private SlowDisk(Process strace, Path log) {
    this.strace = strace;
    this.log = log;
  }

  static boolean isPossible() {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "strace")));
  }

  static SlowDisk of(long pid) throws IOException {
    Path log = Files.createTempFile("strace", ".log");
    Path messages = Files.createTempFile("strace", ".txt");
    Process strace =
        new ProcessBuilder(
                List.of(
                    "strace",
                    "-f",
                    "-e",
                    "trace=fdatasync,fsync",
                    "-e",
                    "inject=fdatasync,fsync:delay_enter=" + DELAY_MICROS,
                    "-o",
                    log.toString(),
                    "-p",
                    String.valueOf(pid)))
            .redirectErrorStream(true)
            .redirectOutput(messages.toFile())
            .start();
    Awaitility.await("strace is attached")
        .atMost(PATIENCE)
        .until(() -> Files.readString(messages).contains("attached"));
    Files.delete(messages);
    return new SlowDisk(strace, log);
  }

  /** How many writes to the disk have ended since. */
  long written() throws IOException {
    try (Stream<String> lines = Files.lines(log)) {
      return lines.filter(line -> line.contains("= 0")).count();
    }
  }

  /** The process goes on, at its usual speed. */
  @Override
  public void close() throws Exception {
    strace.destroy();
    strace.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    Files.delete(log);
  }
}
