package io.firstcome.redis;

import io.smallrye.health.api.AsyncHealthCheck;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Without Redis nothing can be decided: a replica that cannot ask it takes no traffic. */
@Readiness
@ApplicationScoped
class RedisReadiness implements AsyncHealthCheck {

  private final RedisMemory memory;

  RedisReadiness(RedisMemory memory) {
    this.memory = memory;
  }

  @Override
  public Uni<HealthCheckResponse> call() {
    HealthCheckResponseBuilder redis = HealthCheckResponse.named("redis");
    return memory
        .now()
        .map(
            info ->
                redis
                    .status(EvictionPolicy.mayServe(info.policy()))
                    .withData("maxmemory-policy", info.policy())
                    .build())
        .onFailure()
        .recoverWithItem(e -> redis.down().withData("error", e.getMessage()).build());
  }
}
