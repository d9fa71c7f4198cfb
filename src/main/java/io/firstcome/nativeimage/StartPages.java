package io.firstcome.nativeimage;

import io.quarkus.runtime.ImageMode;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.graalvm.nativeimage.c.function.CFunction;
import org.jboss.logging.Logger;

/**
 * Gives back the pages of the executable that only its start has used. The start passes through
 * code and objects all over it, once, and the kernel would keep most of the file resident for as
 * long as memory is not short. What is needed again is mapped again from the page cache, without a
 * read.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/madvise.2.html">madvise(2)</a>
 */
@Singleton
class StartPages {
  private static final Logger LOG = Logger.getLogger(StartPages.class);

  /** When what a start leaves to do later is done too. */
  private static final long AFTER_MILLIS = 1_000;

  /** {@code MADV_DONTNEED}. */
  private static final int DONT_NEED = 4;

  private static final Pattern MAPPING =
      Pattern.compile("([0-9a-f]+)-([0-9a-f]+) (\\S+) \\S+ \\S+ \\S+ +(.*)");

  /** Nothing of it was written: no such page is in memory, and none is on the swap device. */
  private static final Pattern UNWRITTEN = Pattern.compile("(?:Anonymous|Swap): +0 kB");

  private static final int UNWRITTEN_LINES = 2;

  /** Addresses, from the first to before the last. */
  record Range(long start, long end) {}

  void start(@Observes StartupEvent event, Vertx vertx) {
    if (ImageMode.current() == ImageMode.NATIVE_RUN) {
      vertx.setTimer(AFTER_MILLIS, timer -> vertx.executeBlocking(StartPages::giveBack));
    }
  }

  private static Void giveBack() {
    try {
      String executable = Path.of("/proc/self/exe").toRealPath().toString();
      for (Range range : unwritten(Files.readAllLines(Path.of("/proc/self/smaps")), executable)) {
        if (madvise(range.start(), range.end() - range.start(), DONT_NEED) != 0) {
          LOG.debugf("Could not release the memory pages %s", range);
        }
      }
    } catch (IOException | RuntimeException notLinux) {
      LOG.debugf(notLinux, "Could not release the memory pages of the start");
    }
    return null;
  }

  /**
   * What of a file is mapped and as it is in the file. Anything else must be kept: it is nowhere
   * else, be it writable still or only once, as what the linker has relocated.
   *
   * @param smaps lines of {@code /proc/self/smaps}
   * @see <a
   *     href="https://man7.org/linux/man-pages/man5/proc_pid_smaps.5.html">proc_pid_smaps(5)</a>
   */
  static List<Range> unwritten(List<String> smaps, String file) {
    List<Range> unwritten = new ArrayList<>();
    Range candidate = null;
    int saidSo = 0;
    for (String line : smaps) {
      Matcher mapping = MAPPING.matcher(line);
      if (mapping.matches()) {
        boolean mayBe = mapping.group(4).equals(file) && mapping.group(3).charAt(1) == '-';
        candidate = mayBe ? new Range(address(mapping, 1), address(mapping, 2)) : null;
        saidSo = 0;
      } else if (candidate != null
          && UNWRITTEN.matcher(line).matches()
          && ++saidSo == UNWRITTEN_LINES) {
        unwritten.add(candidate);
      }
    }
    return unwritten;
  }

  private static long address(Matcher mapping, int group) {
    return Long.parseUnsignedLong(mapping.group(group), 16);
  }

  /** Of the executable alone: the JVM knows no such method. */
  @CFunction("madvise")
  private static native int madvise(long address, long length, int advice);
}
