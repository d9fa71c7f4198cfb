package io.firstcome.scenarios;

import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.pause;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Simulation;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** Users who each want a unit; who gets an error asks again, a few times. */
abstract class ClaimSimulation extends Simulation {
  private static final int ATTEMPTS = 20;

  /** The least that Retry-After says. */
  private static final Duration AFTER_ERROR = Duration.ofSeconds(1);

  final void start(PopulationBuilder users) {
    setUp(users)
        .protocols(Site.protocol())
        .assertions(global().failedRequests().percent().lt(10.0));
  }

  /**
   * Ten digits, as the benchmarks.
   *
   * @param times how often each user comes
   */
  static Iterator<Map<String, Object>> users(int times) {
    AtomicLong next = new AtomicLong();
    return Stream.generate(
            () -> {
              long user = 1_000_000_000L + next.getAndIncrement() / times;
              return Map.<String, Object>of("user", String.valueOf(user));
            })
        .iterator();
  }

  /** Asks until there is an answer. */
  static ChainBuilder claim(String name) {
    return exec(session -> session.set("problem", "error").set("attempt", 0))
        .asLongAs(
            session ->
                session.getString("problem").equals("error")
                    && session.getInt("attempt") < ATTEMPTS)
        .on(
            exec(session ->
                    session
                        .markAsSucceeded()
                        .set("attempt", session.getInt("attempt") + 1)
                        .remove("body"))
                .exec(Site.claim(name))
                .exec(Site::note)
                .doIf(session -> session.getString("problem").equals("error"))
                .then(pause(AFTER_ERROR)));
  }

  @Override
  public void after() {
    Site.writeAcknowledged();
  }
}
