package io.firstcome.durability;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.redis.RealRedis;
import io.vertx.redis.client.Command;
import org.junit.jupiter.api.Test;

class MinReplicasTest {

  @Test
  void aPrimaryThatWouldGoOnAloneIsSaidAtTheStart() {
    try (RealRedis redis = RealRedis.start()) {
      MinReplicas minReplicas =
          new MinReplicas(redis.scripts(), new Acknowledge.Setting(Acknowledge.REPLICA));
      assertThat(minReplicas.lack()).get().asString().contains("Set min-replicas-to-write to 1");

      redis.send(Command.CONFIG, "SET", "min-replicas-to-write", "1");
      assertThat(minReplicas.lack()).isEmpty();

      redis.send(Command.CONFIG, "SET", "min-replicas-max-lag", "0");
      assertThat(minReplicas.lack()).isPresent();
    }
  }

  @Test
  void aRedisThatForbidsToLookIsSaidToo() {
    try (RealRedis redis = RealRedis.start()) {
      redis.send(Command.ACL, "SETUSER", "default", "-config");

      assertThat(
              new MinReplicas(redis.scripts(), new Acknowledge.Setting(Acknowledge.REPLICA)).lack())
          .get()
          .asString()
          .contains("Could not read")
          .contains("config");
    }
  }
}
