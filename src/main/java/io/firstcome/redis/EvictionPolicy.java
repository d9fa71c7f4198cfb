package io.firstcome.redis;

import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * A Redis that evicts keys forgets who has claimed. It is refused at start-up, and in readiness
 * where the setting changes later. Asked by {@code INFO}: managed services forbid {@code CONFIG}.
 *
 * @see <a href="https://redis.io/docs/latest/develop/reference/eviction/">Key eviction</a>
 */
@ApplicationScoped
class EvictionPolicy {

  static final String NEEDED = "noeviction";

  private static final Logger LOG = Logger.getLogger(EvictionPolicy.class);
  private static final Pattern POLICY = Pattern.compile("maxmemory_policy:(\\S+)");

  private final Scripts redis;

  EvictionPolicy(Scripts redis) {
    this.redis = redis;
  }

  void check(@Observes StartupEvent event) {
    String policy;
    try {
      policy = current().await().atMost(redis.timeout().multipliedBy(2));
    } catch (RuntimeException e) {
      LOG.warnf("Redis cannot be asked yet, claims get 503 until it can: %s", e.getMessage());
      return;
    }
    if (!policy.equals(NEEDED)) {
      throw new ConfigurationException(
          "Redis has maxmemory-policy "
              + policy
              + " and would forget claims when it is full: set it to "
              + NEEDED);
    }
  }

  /** The policy in force. Fails with a {@link RedisException} where Redis cannot be asked. */
  Uni<String> current() {
    return redis
        .send(Command.INFO, "memory")
        .map(
            info -> {
              Matcher policy = POLICY.matcher(info.toString());
              return policy.find() ? policy.group(1) : "unknown";
            });
  }
}
