package io.firstcome.redis;

import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashMap;
import java.util.Map;

/**
 * How full Redis is, and what it does when it is full. The one place that asks, by {@code INFO}:
 * managed services forbid {@code CONFIG}. Of a cluster it is the fullest of its primaries, and the
 * policy of one that evicts where there is any.
 */
@ApplicationScoped
class RedisMemory {

  /** Where a managed service hides the policy. */
  static final String NOT_TOLD = "unknown";

  /**
   * One answer.
   *
   * @param maxBytes its {@code maxmemory}; 0 where it has none
   * @param policy its {@code maxmemory-policy}
   */
  record Info(double usedBytes, double maxBytes, String policy) {

    private double fullness() {
      return maxBytes > 0 ? usedBytes / maxBytes : usedBytes / Long.MAX_VALUE;
    }

    static Info of(String text) {
      Map<String, String> fields = new HashMap<>();
      text.lines()
          .forEach(
              line -> {
                int colon = line.indexOf(':');
                if (colon > 0) {
                  fields.put(line.substring(0, colon), line.substring(colon + 1));
                }
              });
      return new Info(
          Double.parseDouble(fields.getOrDefault("used_memory", "NaN")),
          Double.parseDouble(fields.getOrDefault("maxmemory", "NaN")),
          fields.getOrDefault("maxmemory_policy", NOT_TOLD));
    }
  }

  private final Scripts redis;

  RedisMemory(Scripts redis) {
    this.redis = redis;
  }

  /** Fails with a {@link RedisException} where Redis cannot be asked. */
  Uni<Info> now() {
    return redis
        .ask(Command.INFO, "memory")
        .map(
            texts ->
                texts.stream()
                    .map(text -> Info.of(text.toString()))
                    .reduce(RedisMemory::worse)
                    .orElseThrow());
  }

  private static Info worse(Info one, Info other) {
    Info fuller = one.fullness() >= other.fullness() ? one : other;
    return new Info(
        fuller.usedBytes(),
        fuller.maxBytes(),
        EvictionPolicy.mayServe(one.policy()) ? other.policy() : one.policy());
  }
}
