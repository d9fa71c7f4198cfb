package io.firstcome.scenarios;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.feed;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.scenario;

import java.time.Duration;

/**
 * The sale: not open yet, then open; all come at once, it is sold out, winners and losers ask
 * again.
 */
public final class SaleSimulation extends ClaimSimulation {
  private static final Duration IMPATIENCE = Duration.ofMillis(500);
  private static final int MAX_EARLY = 120;

  {
    start(
        scenario("sale")
            .exec(feed(users(1)))
            .exec(session -> session.set("problem", "not-open").set("early", 0))
            .asLongAs(
                session ->
                    session.getString("problem").equals("not-open")
                        && session.getInt("early") < MAX_EARLY)
            .on(
                exec(session -> session.set("early", session.getInt("early") + 1))
                    .exec(claim("claim"))
                    .doIf(session -> session.getString("problem").equals("not-open"))
                    .then(pause(IMPATIENCE)))
            .repeat(2)
            .on(pause(IMPATIENCE).exec(claim("ask again")))
            .injectOpen(atOnceUsers(Site.USERS)));
  }
}
