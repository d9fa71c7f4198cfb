package io.firstcome.http.edge;

import io.quarkus.vertx.http.ManagementInterface;
import io.vertx.core.http.HttpConnection;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.LinkedHashSet;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Bounds the connections to the management port, which {@code
 * quarkus.management.limits.max-connections} does not. Over the limit the one that was used least
 * recently is closed: a new one, which may be a probe's, is always served.
 */
@Singleton
class ManagementEdge {
  private final int maxConnections;

  /** The one used least recently first. */
  private final Set<HttpConnection> open = new LinkedHashSet<>();

  ManagementEdge(
      @ConfigProperty(name = "firstcome.management.max-connections", defaultValue = "64")
          int maxConnections) {
    this.maxConnections = maxConnections;
  }

  void router(@Observes ManagementInterface management) {
    management.router().route().order(Integer.MIN_VALUE).handler(this::admit);
  }

  private void admit(RoutingContext request) {
    HttpConnection connection = request.request().connection();
    HttpConnection tooMany = null;
    synchronized (open) {
      if (!open.remove(connection)) {
        connection.closeHandler(closed -> forget(connection));
      }
      open.add(connection);
      if (open.size() > maxConnections) {
        tooMany = open.iterator().next();
        open.remove(tooMany);
      }
    }
    if (tooMany != null) {
      tooMany.close();
    }
    request.next();
  }

  private void forget(HttpConnection connection) {
    synchronized (open) {
      open.remove(connection);
    }
  }
}
