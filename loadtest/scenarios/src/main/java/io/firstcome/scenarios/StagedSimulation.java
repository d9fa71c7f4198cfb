package io.firstcome.scenarios;

import static io.gatling.javaapi.core.CoreDsl.constantConcurrentUsers;
import static io.gatling.javaapi.core.CoreDsl.feed;
import static io.gatling.javaapi.core.CoreDsl.scenario;

/** 100, then 500, then 1,000 users at a time: who has an answer goes, and the next one comes. */
public final class StagedSimulation extends ClaimSimulation {
  {
    int seconds = Math.max(1, Site.SECONDS / 3);
    start(
        scenario("staged")
            .exec(feed(users(1)))
            .exec(claim("claim"))
            .injectClosed(
                constantConcurrentUsers(100).during(seconds),
                constantConcurrentUsers(500).during(seconds),
                constantConcurrentUsers(1_000).during(seconds)));
  }
}
