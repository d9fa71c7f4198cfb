package io.firstcome.scenarios;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.feed;
import static io.gatling.javaapi.core.CoreDsl.scenario;

/** Every user five times at once. */
public final class RepeatedSimulation extends ClaimSimulation {
  private static final int TIMES = 5;

  {
    start(
        scenario("repeated")
            .exec(feed(users(TIMES)))
            .exec(claim("claim"))
            .injectOpen(atOnceUsers(TIMES * Site.USERS)));
  }
}
