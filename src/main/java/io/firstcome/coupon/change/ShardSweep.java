package io.firstcome.coupon.change;

import io.firstcome.metrics.Poll;
import io.firstcome.mysql.SqlTransactions;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import org.jboss.logging.Logger;

/** Settles campaigns that somebody who died, or was refused, has left unsettled. */
@ApplicationScoped
class ShardSweep {

  private static final Logger LOG = Logger.getLogger(ShardSweep.class);

  private static final Duration PERIOD = Duration.ofSeconds(2);

  /** Of a pass; the next goes on. */
  private static final int AT_ONCE = 20;

  private static final String UNSETTLED =
      "SELECT c.id FROM coupon c JOIN coupon s ON s.campaign = c.id WHERE c.shards <> 1 AND c.id >"
          + " ? GROUP BY c.id, c.quantity, c.version, c.shards HAVING MIN(s.followed) < c.version"
          + " OR SUM(s.granted) > SUM(s.taken) OR c.shards > 1 AND SUM(s.quantity + s.granted -"
          + " s.taken) <> c.quantity ORDER BY c.id LIMIT ?";

  private final ShardCoordinator campaigns;
  private final SqlTransactions mysql;
  private Poll poll;

  /** Where the last pass ended. */
  private volatile String after = "";

  ShardSweep(ShardCoordinator campaigns, SqlTransactions mysql) {
    this.campaigns = campaigns;
    this.mysql = mysql;
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    poll = Poll.every(PERIOD, vertx, this::pass);
  }

  void stop(@Observes ShutdownEvent event) {
    poll.close();
  }

  private Uni<?> pass() {
    return Uni.createFrom()
        .voidItem()
        .emitOn(Infrastructure.getDefaultWorkerPool())
        .invoke(this::settle)
        .onFailure()
        .invoke(
            e ->
                LOG.debugf(
                    "Could not search for campaigns with leftovers; will retry: %s",
                    e.getMessage()));
  }

  private void settle() {
    List<String> unsettled = mysql.texts(UNSETTLED, after, AT_ONCE);
    after = unsettled.size() < AT_ONCE ? "" : unsettled.get(AT_ONCE - 1);
    for (String campaign : unsettled) {
      try {
        if (campaigns.settle(campaign, List.of()) < 0) {
          campaigns.raise(campaign);
        }
      } catch (RuntimeException e) {
        LOG.debugf(
            "Could not distribute the leftovers of campaign %s; will retry: %s", campaign, e);
      }
    }
  }
}
