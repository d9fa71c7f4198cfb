package io.firstcome.mysql;

import io.firstcome.metrics.Poll;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;

/**
 * Whether this replica can write to MySQL: claims go on without, so readiness does not say it.
 * Those that are acknowledged once MySQL has them are refused while it is known to be away.
 */
@ApplicationScoped
public class MySqlGauges {

  private static final Duration PERIOD = Duration.ofSeconds(1);

  private final MySqlProbe mysql;
  private volatile double up = Double.NaN;
  private Poll poll;

  MySqlGauges(MySqlProbe mysql, MeterRegistry registry) {
    this.mysql = mysql;
    Gauge.builder("firstcome.mysql.up", this, g -> g.up)
        .description("1 if this replica can write to MySQL, else 0")
        .register(registry);
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    poll = Poll.every(PERIOD, vertx, this::refresh);
  }

  void stop(@Observes ShutdownEvent event) {
    poll.close();
  }

  /** Whether it could not be written to the last time; false where that is not known yet. */
  public boolean isAway() {
    return up == 0;
  }

  private Uni<?> refresh() {
    return mysql.ask().invoke(answer -> up = answer == MySqlProbe.Answer.WRITES ? 1 : 0);
  }
}
