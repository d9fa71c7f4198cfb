package io.firstcome.scenarios;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.feed;
import static io.gatling.javaapi.core.CoreDsl.scenario;

/** So many new users a second, however long the answers take: an open model. */
public final class SteadySimulation extends ClaimSimulation {
  {
    start(
        scenario("steady")
            .exec(feed(users(1)))
            .exec(claim("claim"))
            .injectOpen(constantUsersPerSec(Site.USERS).during(Site.SECONDS).randomized()));
  }
}
