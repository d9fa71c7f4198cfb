package io.firstcome.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Locks on a majority of three servers. */
class RedlockTest extends AbstractLocksTest {

  private static List<RealRedis> servers;

  @BeforeAll
  static void start() {
    servers = Stream.generate(RealRedis::start).limit(3).toList();
  }

  @AfterAll
  static void stop() {
    servers.forEach(RealRedis::close);
  }

  @Override
  LockStore store() {
    throw new UnsupportedOperationException("each client makes its own");
  }

  @Override
  Locks client(int maxWaiting) {
    return client(maxWaiting, servers.stream().map(server -> server.server().uri()).toList());
  }

  private Locks client(int maxWaiting, List<String> hosts) {
    LockSettings settings = new LockSettings(maxWaiting, Optional.of(hosts));
    return new Locks(
        vertx, settings, null, () -> LONG, null, null, null, new SimpleMeterRegistry());
  }

  @Override
  boolean isFenced() {
    return false;
  }

  @Override
  void forget() {
    servers.forEach(server -> server.send(Command.FLUSHALL));
  }

  @Override
  int alreadyHeld() {
    return servers.get(0).send(Command.ZCARD, Keys.lock("names")).toInteger();
  }

  @Test
  void aMinorityMayLoseWhatItKnows() {
    Grant first = take(one, Duration.ZERO, LONG);
    servers.get(0).send(Command.FLUSHALL);

    assertThat(take(other, Duration.ZERO, LONG)).isNull();
    assertThat(get(one.extend(name, first.token(), LONG))).isNotNull();
    assertThat(get(one.release(name, first.token()))).isTrue();
    assertThat(take(other, Duration.ZERO, LONG)).isNotNull();
  }

  @Test
  void aMinorityMayHangAndAMajorityMayNot() {
    servers.get(0).server().suspend();
    Grant first = take(one, LONG, LEASE);
    assertThat(take(other, Duration.ZERO, LEASE)).isNull();
    assertThat(get(one.release(name, first.token()))).isTrue();
    servers.get(1).server().suspend();

    assertThatThrownBy(() -> take(one, Duration.ZERO, LEASE))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> assertThat(e.problem().type()).isEqualTo(ProblemType.REDIS_UNAVAILABLE));

    servers.get(0).server().resume();
    assertThat(take(one, LONG, LEASE)).isNotNull();
    servers.get(1).server().resume();
  }

  @Test
  void twoServersHaveNoMajorityWithoutTheOther() {
    assertThatThrownBy(() -> client(1, List.of("redis://one", "redis://other")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("firstcome.lock.redlock-hosts");
  }
}
