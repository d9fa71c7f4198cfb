package io.firstcome.mysql;

import io.firstcome.mysql.MySqlProbe.Answer;
import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
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

  private final MySqlProbe mysql;

  MySqlReadiness(MySqlProbe mysql) {
    this.mysql = mysql;
  }

  @Override
  public Uni<HealthCheckResponse> call() {
    HealthCheckResponseBuilder response = HealthCheckResponse.named("mysql").up();
    return mysql
        .ask()
        .map(
            answer -> {
              response.withData("reachable", answer != Answer.AWAY);
              response.withData("writable", answer == Answer.WRITES);
              if (answer != Answer.WRITES) {
                response.withData("note", "claims continue; ledger entries wait for MySQL");
              }
              return response.build();
            });
  }
}
