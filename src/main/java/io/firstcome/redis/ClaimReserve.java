package io.firstcome.redis;

import io.firstcome.metrics.Poll;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * The part of Redis' memory that only claims may use. What else grows there is refused while Redis
 * is so full; claims are refused by Redis itself, at its {@code maxmemory}. Looked at every second:
 * the reserve is larger than what is written in that time.
 */
@ApplicationScoped
public class ClaimReserve {

  private static final Logger LOG = Logger.getLogger(ClaimReserve.class);
  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final RedisMemory memory;
  private final double mostUsed;
  private volatile boolean touched;
  private Poll poll;

  ClaimReserve(RedisMemory memory, ReserveConfig config) {
    this.memory = memory;
    this.mostUsed = 1 - config.claimReserve() / 100.0;
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    if (mostUsed < 1) {
      poll = Poll.every(PERIOD, vertx, this::look);
    }
  }

  void stop(@Observes ShutdownEvent event) {
    if (poll != null) {
      poll.close();
    }
  }

  /** Whether what is not a claim must be refused. */
  public boolean isTouched() {
    return touched;
  }

  /** What it was stays so where Redis cannot be asked. */
  private Uni<?> look() {
    return memory.now().invoke(this::see);
  }

  private void see(RedisMemory.Info info) {
    boolean now = info.maxBytes() > 0 && info.usedBytes() > mostUsed * info.maxBytes();
    if (now != touched) {
      touched = now;
      if (now) {
        LOG.warnf(
            "Redis uses %.0f of %.0f bytes. The rest is reserved for claims; reservations are rejected"
                + " (firstcome.redis.claim-reserve)",
            info.usedBytes(), info.maxBytes());
      } else {
        LOG.infof("Redis has memory again; reservations are accepted");
      }
    }
  }
}
