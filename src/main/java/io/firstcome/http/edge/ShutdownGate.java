package io.firstcome.http.edge;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * On SIGTERM a replica takes no more requests. Quarkus alone would go on serving for as long as
 * they keep coming, and cut the last ones off.
 *
 * <p>During {@code quarkus.shutdown.delay} it is unready and goes on serving, as a load balancer
 * takes that time to notice; then what still comes is told to ask again. Metrics and health are
 * served to the end.
 */
@Singleton
public class ShutdownGate {
  // Before anything that costs: whoever comes now is only sent away.
  private static final int PRIORITY = 200;

  private final HttpEdge edge;
  private final Duration delay;
  private volatile boolean closed;

  ShutdownGate(
      HttpEdge edge, @ConfigProperty(name = "quarkus.shutdown.delay") Optional<Duration> delay) {
    this.edge = edge;
    this.delay = delay.orElse(Duration.ZERO);
  }

  void filters(@Observes Filters filters) {
    filters.register(this::pass, PRIORITY);
  }

  void stopping(@Observes ShutdownDelayInitiatedEvent event, Vertx vertx) {
    if (delay.isZero()) {
      closed = true;
    } else {
      vertx.setTimer(delay.toMillis(), timer -> closed = true);
    }
  }

  /** Whether this replica takes no more requests. */
  public boolean isClosed() {
    return closed;
  }

  private void pass(RoutingContext request) {
    if (closed && request.normalizedPath().startsWith("/api/")) {
      edge.send(request, Problem.of(ProblemType.SHUTTING_DOWN));
    } else {
      request.next();
    }
  }
}
