package io.firstcome.coupon;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.firstcome.coupon.metrics.MetricsAndHealthTest;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.vertx.redis.client.Command;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.enterprise.inject.spi.ObserverMethod;
import jakarta.inject.Inject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A Redis that evicts keys would forget who has claimed. What a replica says of it that runs
 * already: {@link MetricsAndHealthTest}; a process that refuses to start: {@code StartUpIT}.
 */
@QuarkusTest
@TestProfile(OwnServers.OneLabel.class)
class EvictionPolicyTest {

  @RegisterExtension static final Stores stores = new Stores();

  @Inject BeanManager beans;

  @AfterEach
  void restore() {
    policy("noeviction");
  }

  @ParameterizedTest
  @ValueSource(strings = {"allkeys-lru", "volatile-ttl", "allkeys-random"})
  void anyOtherPolicyIsRefusedAtStartUp(String policy) {
    policy(policy);

    assertThatThrownBy(this::startUpCheck)
        .hasStackTraceContaining("maxmemory-policy " + policy)
        .hasStackTraceContaining("Set it to noeviction");
  }

  @Test
  void noevictionIsAccepted() {
    assertThatCode(this::startUpCheck).doesNotThrowAnyException();
  }

  /** As the application's start runs it, and nothing else of the start. */
  private void startUpCheck() {
    StartupEvent event = new StartupEvent();
    ObserverMethod<? super StartupEvent> check =
        beans.resolveObserverMethods(event).stream()
            .filter(o -> o.getBeanClass().getSimpleName().equals("EvictionPolicy"))
            .findFirst()
            .orElseThrow();
    notify(check, event);
  }

  @SuppressWarnings("unchecked")
  private static void notify(ObserverMethod<? super StartupEvent> check, StartupEvent event) {
    ((ObserverMethod<StartupEvent>) check).notify(event);
  }

  private void policy(String policy) {
    stores.redis(Command.CONFIG, "SET", "maxmemory-policy", policy);
  }
}
