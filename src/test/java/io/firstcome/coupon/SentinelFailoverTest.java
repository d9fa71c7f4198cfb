package io.firstcome.coupon;

import static io.firstcome.Management.management;
import static io.firstcome.coupon.Crowd.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.local.LocalSentinel;
import io.firstcome.local.ServersUnderTest;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Sentinels put a replica in place of the primary, in mid-sale. */
@QuarkusTest
@TestProfile(WatchedBySentinels.Profile.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(180)
class SentinelFailoverTest {

  private static final Duration FAILOVER = Duration.ofSeconds(60);
  private static final int UNITS = 300;
  private static final int USERS = 400;
  private static final int AT_ONCE = 250;

  @RegisterExtension static final Stores stores = new Stores();

  /** First: there are two servers. */
  @Test
  @Order(1)
  void aPrimaryOutOfTheSightOfItsSentinelsIsLeftThoughItAnswers() {
    awaitWatched();
    String id = Api.create(10);
    Api.claim(id, "alice").statusCode(201);
    String before = primary();
    try (RealRedis old = RealRedis.at(before)) {
      // Its sentinels and its replica are shut out, the service is not.
      old.send(Command.ACL, "SETUSER", "default", "off");
      old.send(Command.CLIENT, "KILL", "USER", "default");
      await().atMost(FAILOVER).until(() -> !primary().equals(before));
      await()
          .atMost(Stores.SOON)
          .until(() -> !old.send(Command.CLIENT, "LIST").toString().contains(" psub=1 "));
      assertThat(old.send(Command.ROLE).get(0))
          .as("it knows nothing of that")
          .hasToString("master");

      claimUntilAnswered(id, "bob", 201);

      assertThat(old.send(Command.HEXISTS, Keys.claimants(id), "bob").toInteger()).isZero();
      old.send(Command.ACL, "SETUSER", "default", "on");
    }
    assertThat(claimUntilAnswered(id, "alice", 409)).isEqualTo(1);
  }

  @Test
  @Order(2)
  void aSaleGoesOnWhenItsPrimaryIsKilled() throws InterruptedException {
    awaitWatched();
    String id = Api.create(UNITS, Map.of("acknowledge", "DATABASE"));
    Crowd crowd = new Crowd(id, USERS, AT_ONCE);
    crowd.awaitHolders(UNITS / 3);
    String before = primary();
    Crowd.kill(Crowd.pid(before));
    crowd.letIn();

    crowd.awaitEnd();

    assertThat(primary()).isNotEqualTo(before);
    assertThat(crowd.assertExactly(UNITS, stores, primary())).as("withheld").isZero();
  }

  /** Answers the number. */
  private static int claimUntilAnswered(String id, String user, int status) {
    await().atMost(FAILOVER).until(() -> Api.claim(id, user).extract().statusCode() == status);
    return Api.ownClaim(id, user).extract().path("sequence");
  }

  /** The sentinels know each other, and a replica that can take over. */
  private static void awaitWatched() {
    await()
        .atMost(FAILOVER)
        .ignoreExceptions()
        .until(
            () -> {
              try (RealRedis sentinel = sentinel()) {
                Response others =
                    sentinel.send(Command.SENTINEL, "SENTINELS", LocalSentinel.PRIMARY);
                Response replicas =
                    sentinel.send(Command.SENTINEL, "REPLICAS", LocalSentinel.PRIMARY);
                return others.size() == 2
                    && replicas.size() == 1
                    && replicas.get(0).get("flags").toString().equals("slave")
                    && replicas.get(0).get("master-link-status").toString().equals("ok");
              }
            });
    await().atMost(FAILOVER).until(() -> management().get("/q/health/ready").statusCode() == 200);
  }

  private static RealRedis sentinel() {
    return RealRedis.at(ServersUnderTest.setting("quarkus.redis.hosts"));
  }

  private static String primary() {
    try (RealRedis sentinel = sentinel()) {
      Response address =
          sentinel.send(Command.SENTINEL, "GET-MASTER-ADDR-BY-NAME", LocalSentinel.PRIMARY);
      return WatchedBySentinels.as("redis://" + address.get(0) + ":" + address.get(1));
    }
  }
}
