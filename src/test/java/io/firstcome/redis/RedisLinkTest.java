package io.firstcome.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;

import io.firstcome.redis.RedisException.Outcome;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.impl.ContextInternal;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every call is answered, once, whatever becomes of Redis. */
class RedisLinkTest {

  private static final Duration TIMEOUT = Duration.ofMillis(500);
  private static final int MAX_CALLS = 100;
  private static final byte[] KEY = "fc:{a}:lease".getBytes(StandardCharsets.US_ASCII);
  private static final Script RELEASE = Script.named("lease-release");

  private RealRedis redis;
  private Vertx vertx;
  private ContextInternal context;
  private RedisLink link;
  private final AtomicInteger changes = new AtomicInteger();

  @BeforeEach
  void start() {
    redis = RealRedis.start();
    vertx = Vertx.vertx();
    context = (ContextInternal) vertx.getOrCreateContext();
    RedisOptions options = new RedisOptions().setConnectionString(redis.server().uri());
    Scripts scripts = new Scripts(redis.client(), () -> TIMEOUT, new SimpleMeterRegistry());
    link =
        new RedisLink(
            0,
            context,
            () -> Redis.createClient(vertx, options),
            scripts,
            () -> MAX_CALLS,
            true,
            changes::incrementAndGet);
  }

  @AfterEach
  void stop() {
    link.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
    redis.close();
  }

  @Test
  void callsThatDoNotWaitForEachOtherAreAnsweredInOrder() throws Exception {
    List<CompletableFuture<Response>> calls = calls(MAX_CALLS);

    for (CompletableFuture<Response> call : calls) {
      assertThat(reply(call)).isZero();
    }
  }

  @Test
  void aScriptThatTheServerForgotIsRunAllTheSame() throws Exception {
    assertThat(reply(call())).isZero();
    redis.send(Command.SCRIPT, "FLUSH");

    for (CompletableFuture<Response> call : calls(10)) {
      assertThat(reply(call)).isZero();
    }
  }

  @Test
  void moreCallsThanTheLimitAreRefusedAtOnce() throws Exception {
    assertThat(reply(call())).isZero();
    redis.server().suspend();
    try {
      List<CompletableFuture<Response>> calls = calls(MAX_CALLS + 1);

      assertFails(calls.get(MAX_CALLS), Outcome.OVERLOADED);
      assertThat(calls.get(0)).isNotDone();
    } finally {
      redis.server().resume();
    }
  }

  @Test
  void aServerThatDoesNotAnswerLeavesTheOutcomeUnknownAndTheLinkRecovers() throws Exception {
    assertThat(reply(call())).isZero();
    redis.server().suspend();
    try {
      for (CompletableFuture<Response> call : calls(10)) {
        assertFails(call, Outcome.UNKNOWN);
      }
      // From here on there is no connection: refused without waiting.
      assertFails(call(), Outcome.NOT_DONE);
    } finally {
      redis.server().resume();
    }
    assertThat(eventuallyReplies()).isZero();
  }

  @Test
  void aServerThatDiesWithCallsOnTheirWayLeavesNoneHanging() throws Exception {
    assertThat(reply(call())).isZero();
    redis.server().suspend();
    List<CompletableFuture<Response>> calls = calls(10);
    redis.server().kill();

    for (CompletableFuture<Response> call : calls) {
      assertFails(call, Outcome.UNKNOWN);
    }
    redis.server().startAgain();
    assertThat(eventuallyReplies()).isZero();
  }

  @Test
  void aServerThatWasNeverThereHasDoneNothing() throws Exception {
    redis.server().kill();

    for (CompletableFuture<Response> call : calls(3)) {
      assertFails(call, Outcome.NOT_DONE);
    }
    redis.server().startAgain();
    assertThat(eventuallyReplies()).isZero();
  }

  @Test
  void aConnectionThatRedisClosesIsMadeAnew() throws Exception {
    assertThat(reply(call())).isZero();
    assertThat(changes).as("nothing was known before").hasValue(0);
    redis.send(Command.CLIENT, "KILL", "TYPE", "normal", "SKIPME", "yes");

    // Its loss, and that it is there again.
    Awaitility.await().atMost(Duration.ofSeconds(20)).untilAtomic(changes, equalTo(2));
    assertThat(eventuallyReplies()).isZero();
  }

  @Test
  void aServerThatBecameAReplicaIsLeft() throws Exception {
    assertThat(reply(call())).isZero();
    redis.send(Command.SET, "fc:{a}:lease", "me");
    redis.send(Command.REPLICAOF, "127.0.0.1", "1");
    try {
      // The first is refused by Redis, the second for want of a connection.
      assertFails(call(), Outcome.NOT_DONE);
      Awaitility.await().atMost(Duration.ofSeconds(20)).untilAtomic(changes, greaterThan(0));
      assertFails(call(), Outcome.NOT_DONE);
    } finally {
      redis.send(Command.REPLICAOF, "NO", "ONE");
    }
    assertThat(eventuallyReplies()).as("the lease is still there").isOne();
  }

  @Test
  void aCallIsGivenTheIdentityOfTheServerItGoesToAndWhoDoubtsThatHasItAskedAnew() throws Exception {
    assertThat(reply(call())).isZero();
    redis.send(Command.SET, "fc:{a}:lease", identity());
    assertThat(reply(call(RedisLink.SERVER))).isOne();

    // As when a first replica comes.
    redis.send(Command.DEBUG, "CHANGE-REPL-ID");
    redis.send(Command.SET, "fc:{a}:lease", identity());
    assertThat(reply(call(RedisLink.SERVER))).isZero();
    context.runOnContext(v -> link.doubtServer(KEY));
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> reply(call(RedisLink.SERVER)) == 1);
  }

  private String identity() {
    return ServerIdentity.of(redis.send(Command.INFO).toString());
  }

  private List<CompletableFuture<Response>> calls(int count) {
    List<CompletableFuture<Response>> calls = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      calls.add(call());
    }
    CompletableFuture<Void> made = new CompletableFuture<>();
    context.runOnContext(v -> made.complete(null));
    made.join();
    return calls;
  }

  private CompletableFuture<Response> call() {
    return call("me".getBytes(StandardCharsets.US_ASCII));
  }

  private CompletableFuture<Response> call(byte[] token) {
    CompletableFuture<Response> answer = new CompletableFuture<>();
    byte[][] keysAndArgs = {KEY, token};
    context.runOnContext(
        v ->
            link.call(
                RELEASE,
                1,
                keysAndArgs,
                new RedisLink.Answer() {
                  @Override
                  public void reply(Response reply) {
                    once(answer.complete(reply));
                  }

                  @Override
                  public void failed(RedisException e) {
                    once(answer.completeExceptionally(e));
                  }
                }));
    return answer;
  }

  private static void once(boolean first) {
    assertThat(first).as("answered once").isTrue();
  }

  private int eventuallyReplies() {
    return Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .until(() -> reply(call()), value -> true);
  }

  private static int reply(CompletableFuture<Response> call) throws Exception {
    return call.get(10, TimeUnit.SECONDS).toInteger();
  }

  private static void assertFails(CompletableFuture<Response> call, Outcome outcome) {
    assertThatThrownBy(() -> call.get(10, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            RedisException.class, e -> assertThat(e.outcome()).isEqualTo(outcome));
  }
}
