package io.firstcome.redis;

import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * A Redis that evicts keys forgets who has claimed. It is refused at start-up, and in readiness
 * where the setting changes later.
 *
 * @see <a href="https://redis.io/docs/latest/develop/reference/eviction/">Key eviction</a>
 */
@ApplicationScoped
class EvictionPolicy {

  static final String NEEDED = "noeviction";

  private static final Logger LOG = Logger.getLogger(EvictionPolicy.class);

  /** Whether nothing is known of a policy that evicts. */
  static boolean mayServe(String policy) {
    return policy.equals(NEEDED) || policy.equals(RedisMemory.NOT_TOLD);
  }

  private final RedisMemory memory;
  private final Duration patience;

  EvictionPolicy(RedisMemory memory, RedisConfig config) {
    this.memory = memory;
    this.patience = config.timeout().multipliedBy(2);
  }

  void check(@Observes StartupEvent event) {
    String policy;
    try {
      policy = memory.now().await().atMost(patience).policy();
    } catch (RuntimeException e) {
      LOG.warnf("Redis is not reachable yet; claims get 503 until it is: %s", e.getMessage());
      return;
    }
    if (policy.equals(RedisMemory.NOT_TOLD)) {
      LOG.warnf("Redis does not report its maxmemory-policy. Make sure that it is %s", NEEDED);
    } else if (!policy.equals(NEEDED)) {
      throw new ConfigurationException(
          "Redis has maxmemory-policy "
              + policy
              + " and would evict claims when its memory is full. Set it to "
              + NEEDED);
    }
  }
}
