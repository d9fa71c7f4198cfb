package io.firstcome.redis;

import io.firstcome.metrics.MetricsConfig;
import io.firstcome.metrics.Poll;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/**
 * Whether this replica can ask Redis, and how full it is: a full Redis refuses claims. Every
 * replica has its own view.
 */
@ApplicationScoped
class RedisGauges {

  private final RedisMemory memory;
  private volatile double up = Double.NaN;
  private volatile double usedBytes = Double.NaN;
  private volatile double maxBytes = Double.NaN;
  private Poll poll;

  RedisGauges(RedisMemory memory, MeterRegistry registry) {
    this.memory = memory;
    Gauge.builder("firstcome.redis.up", this, g -> g.up)
        .description("1 if this replica reaches Redis, else 0")
        .register(registry);
    Gauge.builder("firstcome.redis.memory.used", this, g -> g.usedBytes)
        .description("Memory Redis uses, as of the last poll by this replica")
        .baseUnit("bytes")
        .register(registry);
    Gauge.builder("firstcome.redis.memory.max", this, g -> g.maxBytes)
        .description("maxmemory of Redis; 0 if unlimited")
        .baseUnit("bytes")
        .register(registry);
  }

  void start(@Observes StartupEvent event, Vertx vertx, MetricsConfig metrics) {
    poll = Poll.every(metrics.interval(), vertx, this::refresh);
  }

  void stop(@Observes ShutdownEvent event) {
    poll.close();
  }

  private Uni<?> refresh() {
    return memory
        .now()
        .invoke(
            info -> {
              usedBytes = info.usedBytes();
              maxBytes = info.maxBytes();
              up = 1;
            })
        .onFailure()
        .invoke(e -> up = 0);
  }
}
