package io.firstcome.coupon;

import static org.awaitility.Awaitility.await;

import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.redis.Keys;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.vertx.redis.client.Command;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Another Redis answers under the same address, and it remembers other winners. */
@QuarkusTest
@TestProfile(ReplicatedServers.Patient.class)
class FailoverOverHttpTest {

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void winnersAreReadAnewWhenConnectionsWereLost() {
    String id = Api.create(1);
    Api.claim(id, "alice").statusCode(201);
    stores.awaitDrained(id);
    double before = Api.fromMemory();
    await()
        .atMost(Stores.SOON)
        .until(
            () -> {
              Problems.is(Api.claim(id, "carol"), ProblemType.SOLD_OUT);
              return Api.fromMemory() > before;
            });
    // Of the same version, and one winner too.
    stores.redis(
        Command.EVAL,
        "redis.call('DEL', KEYS[1]) return redis.call('HSET', KEYS[1], 'bob', '1:1000000')",
        1,
        Keys.claimants(id));
    Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED);

    stores.redis(Command.CLIENT, "KILL", "TYPE", "normal", "SKIPME", "yes");

    await()
        .atMost(Stores.SOON)
        .until(
            () ->
                is(id, "alice", ProblemType.SOLD_OUT)
                    && is(id, "bob", ProblemType.ALREADY_CLAIMED));
  }

  private static boolean is(String id, String user, ProblemType type) {
    return type.uri().toString().equals(Api.claim(id, user).extract().path("type"));
  }
}
