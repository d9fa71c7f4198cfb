package io.firstcome.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.firstcome.redis.RedisException.Outcome;
import io.vertx.redis.client.Command;
import java.util.List;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ScriptsTest {

  private RealRedis redis;

  @BeforeEach
  void start() {
    redis = RealRedis.start();
  }

  @AfterEach
  void stop() {
    redis.close();
  }

  @Test
  void aScriptThatTheServerForgotRunsAllTheSame() {
    assertThat(releaseLease()).isZero();

    redis.send(Command.SCRIPT, "FLUSH");

    assertThat(releaseLease()).isZero();
    assertThat(redis.send(Command.SCRIPT, "EXISTS", Script.named("lease-release").sha()).get(0))
        .as("the server has learnt it again")
        .hasToString("1");
  }

  @Test
  void aScriptRunsOnAServerThatWasStartedAgain() {
    assertThat(releaseLease()).isZero();

    redis.server().kill();
    redis.server().startAgain();

    assertThat(eventually(this::releaseLease)).isZero();
  }

  @Test
  void aServerThatDoesNotAnswerLeavesTheOutcomeUnknown() {
    assertThat(releaseLease()).isZero();
    redis.server().suspend();
    try {
      assertThatThrownBy(this::releaseLease)
          .isInstanceOfSatisfying(
              RedisException.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.UNKNOWN));
    } finally {
      redis.server().resume();
    }
  }

  @Test
  void aServerThatIsNotThereHasDoneNothing() {
    redis.server().kill();

    assertThatThrownBy(this::releaseLease)
        .isInstanceOfSatisfying(
            RedisException.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.NOT_DONE));
  }

  @Test
  void whatTheServerRefusesIsNotDone() {
    redis.send(Command.HSET, "fc:{a}:lease", "not", "a string");

    assertThatThrownBy(this::releaseLease)
        .isInstanceOfSatisfying(
            RedisException.class, e -> assertThat(e.outcome()).isEqualTo(Outcome.NOT_DONE))
        .hasMessageContaining("WRONGTYPE");
  }

  private int releaseLease() {
    return redis.run("lease-release", List.of("fc:{a}:lease"), List.of("me")).toInteger();
  }

  /** The client may first have to notice that its connections are gone. */
  private static <T> T eventually(Callable<T> call) {
    return Awaitility.await().ignoreExceptions().until(call, value -> true);
  }
}
