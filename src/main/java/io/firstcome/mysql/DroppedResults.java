package io.firstcome.mysql;

import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/**
 * When MySQL freezes, calls time out, and what becomes of them later has nobody to be returned to.
 * Quarkus logs a stack trace for each; this logs one line a minute, and the traces at DEBUG.
 */
@Singleton
class DroppedResults {

  private static final long LOG_EVERY_NANOS = Duration.ofMinutes(1).toNanos();
  private static final Logger LOG = Logger.getLogger(DroppedResults.class);

  private final AtomicLong loggedAt = new AtomicLong(System.nanoTime() - LOG_EVERY_NANOS);

  void start(@Observes StartupEvent event) {
    Infrastructure.setDroppedExceptionHandler(e -> dropped(e));
  }

  /** Whether it was worth a line. */
  boolean dropped(Throwable e) {
    LOG.debug("A call failed after its caller had stopped waiting", e);
    long last = loggedAt.get();
    long now = System.nanoTime();
    boolean isDue = now - last >= LOG_EVERY_NANOS && loggedAt.compareAndSet(last, now);
    if (isDue) {
      String first = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      LOG.warnf(
          "A call failed after its caller had stopped waiting: %s: %s",
          e.getClass().getName(), first);
    }
    return isDue;
  }
}
