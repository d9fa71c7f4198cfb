package io.firstcome.redis;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisClientType;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/**
 * Hears from the sentinels when they have made another server the primary, and leaves the old one
 * at once. Each connection asks them anew for the primary when it is made, so a primary that died
 * is left anyway; this is for one that is merely out of their sight and still answers us.
 *
 * <p>Every sentinel is listened to: one that is cut off with the old primary says nothing.
 *
 * @see <a href="https://redis.io/docs/latest/develop/reference/sentinel-clients/">Guidelines for
 *     clients</a>
 */
@ApplicationScoped
class SentinelWatch {

  private static final Logger LOG = Logger.getLogger(SentinelWatch.class);
  private static final String SWITCHED = "+switch-master";

  private final RedisLinks links;
  private final Settings settings;
  private final RedisConfig config;
  private List<Subscription> subscriptions = List.of();
  private final AtomicInteger heard = new AtomicInteger();
  private String last;

  SentinelWatch(RedisLinks links, Settings settings, RedisConfig config) {
    this.links = links;
    this.settings = settings;
    this.config = config;
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    // Made, it has had the settings told.
    links.toString();
    if (settings.type() == RedisClientType.SENTINEL) {
      subscriptions = settings.hosts().stream().map(sentinel -> watch(vertx, sentinel)).toList();
      subscriptions.forEach(Subscription::start);
    }
  }

  void stop(@Observes ShutdownEvent event) {
    subscriptions.forEach(Subscription::stop);
  }

  private Subscription watch(Vertx vertx, String sentinel) {
    return new Subscription(
        vertx,
        () -> Redis.createClient(vertx, settings.only(sentinel)),
        config.timeout(),
        SWITCHED,
        new News());
  }

  /** Each sentinel tells of the same switch: one after another. */
  private synchronized boolean isNew(String message) {
    boolean isNew = !message.equals(last);
    last = message;
    return isNew;
  }

  private final class News implements Subscription.Listener {

    private boolean again;

    /** Where none was listened to, all of them may have told of a switch. */
    @Override
    public void listening() {
      boolean first = heard.getAndIncrement() == 0;
      if (first && again) {
        links.leave("No sentinel has answered recently");
      }
      again = true;
    }

    /**
     * @param message the name of the primary, its old address and port, and its new ones
     */
    @Override
    public void message(String channel, String message) {
      if (message.startsWith(settings.primaryName() + " ") && isNew(message)) {
        LOG.infof("The sentinels announced a new primary: %s", message);
        links.leave("The sentinels announced a new primary");
      }
    }

    @Override
    public void lost() {
      heard.decrementAndGet();
    }
  }
}
