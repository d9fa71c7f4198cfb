package io.firstcome.ledger;

import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Claims go on while MySQL is away (the ledger waits for it), so it never makes a replica unready;
 * it is said here.
 */
@Readiness
@ApplicationScoped
class MySqlReadiness implements AsyncHealthCheck {

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Pool mysql;

  MySqlReadiness(Pool mysql) {
    this.mysql = mysql;
  }

  @Override
  public Uni<HealthCheckResponse> call() {
    HealthCheckResponseBuilder response = HealthCheckResponse.named("mysql").up();
    return mysql
        .query("SELECT 1")
        .execute()
        .ifNoItem()
        .after(PATIENCE)
        .fail()
        .map(rows -> response.withData("reachable", true).build())
        .onFailure()
        .recoverWithItem(
            e ->
                response
                    .withData("reachable", false)
                    .withData("note", "claims continue; ledger entries wait for MySQL")
                    .build());
  }
}
