package io.firstcome.durability;

import io.firstcome.redis.RedisException;
import io.firstcome.redis.Scripts;
import io.quarkus.runtime.StartupEvent;
import io.vertx.redis.client.Command;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Says at the start what {@link Acknowledge#REPLICA} lacks: a primary that is cut off from its
 * replicas goes on deciding unless Redis is told to refuse writes then. What it decides is not
 * acknowledged, and is lost when it comes back as a replica of another.
 *
 * @see <a href="https://redis.io/docs/latest/operate/oss_and_stack/management/replication/">Redis
 *     replication</a>
 */
@ApplicationScoped
class MinReplicas {

  private static final Logger LOG = Logger.getLogger(MinReplicas.class);
  private static final String NUMBER = "min-replicas-to-write";
  private static final String LAG = "min-replicas-max-lag";

  private final Scripts redis;
  private final Acknowledge.Setting setting;

  MinReplicas(Scripts redis, Acknowledge.Setting setting) {
    this.redis = redis;
    this.setting = setting;
  }

  void check(@Observes StartupEvent event) {
    if (setting.level() == Acknowledge.REPLICA) {
      lack().ifPresent(LOG::warn);
    }
  }

  /** What is to be set, or that this cannot be known. */
  Optional<String> lack() {
    long number;
    long lagSeconds;
    try {
      number = read(NUMBER);
      lagSeconds = read(LAG);
    } catch (RedisException | IllegalArgumentException e) {
      return Optional.of(
          "Could not read %s and %s of Redis (%s). Without them a primary that is cut off keeps deciding, and its decisions are lost later. See docs/durability.md"
              .formatted(NUMBER, LAG, e.getMessage()));
    }
    return number > 0 && lagSeconds > 0
        ? Optional.empty()
        : Optional.of(
            "Redis has %s %d and %s %d: a primary that is cut off keeps deciding, and its decisions are lost later. Set %s to 1 or more and %s to 10 or less. See docs/durability.md"
                .formatted(NUMBER, number, LAG, lagSeconds, NUMBER, LAG));
  }

  /** Of a cluster, the smallest of its nodes: none says that there is none. */
  private long read(String name) {
    return redis
        .ask(Command.CONFIG, "GET", name)
        .await()
        .atMost(redis.timeout().multipliedBy(2))
        .stream()
        .mapToLong(
            reply -> {
              if (reply.size() == 0) {
                throw new IllegalArgumentException("Redis has no setting " + name);
              }
              return Long.parseLong(reply.get(name).toString());
            })
        .min()
        .orElseThrow();
  }
}
