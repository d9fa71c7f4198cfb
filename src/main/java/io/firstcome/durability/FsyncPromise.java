package io.firstcome.durability;

import io.firstcome.redis.Fsync;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.Scripts;
import io.quarkus.runtime.StartupEvent;
import io.vertx.redis.client.Command;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.jboss.logging.Logger;

/**
 * Says what an answer at {@link Acknowledge#REPLICA} promises of disks, in the log at the start and
 * in the readiness check: replicas are waited for by {@code WAITAOF} or by {@code WAIT}, and why.
 */
@Readiness
@ApplicationScoped
class FsyncPromise implements HealthCheck {

  private static final Logger LOG = Logger.getLogger(FsyncPromise.class);
  private static final String ALWAYS = "always";

  private final Scripts redis;
  private final Fsync fsync;
  private final Acknowledge level;
  private volatile String waitsFor = "unknown";

  @Inject
  FsyncPromise(Scripts redis, AcknowledgeConfig config, Acknowledge.Setting setting) {
    this(redis, config.fsync(), setting.level());
  }

  FsyncPromise(Scripts redis, Fsync fsync, Acknowledge level) {
    this.redis = redis;
    this.fsync = fsync;
    this.level = level;
  }

  void check(@Observes StartupEvent event) {
    if (level == Acknowledge.REPLICA) {
      LOG.info(promise());
    }
  }

  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("acknowledge")
        .up()
        .withData("level", level.name())
        .withData("replica-waits-for", waitsFor)
        .build();
  }

  /** What is promised, as Redis is set now. */
  String promise() {
    Optional<String> memory = whyMemory();
    waitsFor = memory.isPresent() ? "memory" : "disk";
    return memory
        .map(
            why ->
                "REPLICA acknowledgements wait until replicas of Redis have a decision in memory (WAIT), not until it is on disk: %s. A power failure of all of them at once can lose the last moments. See docs/durability.md"
                    .formatted(why))
        .orElse(
            "REPLICA acknowledgements wait until a decision is on the disks of the primary and its replicas (WAITAOF), which holds where appendfsync is always on each of them. See docs/durability.md");
  }

  /** Why disks are not waited for; empty where they are. */
  private Optional<String> whyMemory() {
    if (fsync != Fsync.AUTO) {
      return fsync == Fsync.ALWAYS
          ? Optional.empty()
          : Optional.of("firstcome.acknowledge.fsync is never");
    }
    try {
      if (!isEverywhere("appendonly", "yes")) {
        return Optional.of("Redis has no append-only file");
      }
      if (!isEverywhere(Fsync.APPENDFSYNC, ALWAYS)) {
        return Optional.of("appendfsync of Redis is not always");
      }
    } catch (RedisException | IllegalArgumentException e) {
      return Optional.of("appendfsync of Redis could not be read (" + e.getMessage() + ")");
    }
    try {
      // It waits for nobody, and returns at once.
      redis.ask(Fsync.WAITAOF, "0", "0", "0").await().atMost(redis.timeout());
      return Optional.empty();
    } catch (RedisException e) {
      return Optional.of("WAITAOF of Redis cannot be used (" + e.getMessage() + ")");
    }
  }

  private boolean isEverywhere(String setting, String value) {
    return redis.ask(Command.CONFIG, "GET", setting).await().atMost(redis.timeout()).stream()
        .allMatch(
            reply -> {
              if (reply.size() == 0) {
                throw new IllegalArgumentException("there is no " + setting);
              }
              return value.equals(reply.get(setting).toString());
            });
  }
}
