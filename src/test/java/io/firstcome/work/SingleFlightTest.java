package io.firstcome.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SingleFlightTest {

  private final List<UniEmitter<? super String>> calls = new ArrayList<>();
  private final SingleFlight<String, String> flights = new SingleFlight<>(2);

  @Test
  void callersOfOneKeyShareACall() {
    Uni<String> first = ask("a");
    Uni<String> second = ask("a");
    calls.get(0).complete("done");
    assertThat(calls).hasSize(1);
    assertThat(await(first)).isEqualTo("done");
    assertThat(await(second)).isEqualTo("done");
  }

  @Test
  void aCallAfterTheResultIsANewOne() {
    ask("a");
    calls.get(0).fail(new IllegalStateException("away"));
    Uni<String> again = ask("a");
    calls.get(1).complete("there");
    assertThat(await(again)).isEqualTo("there");
  }

  @Test
  void callsThatNobodySubscribesToEnd() {
    ask("a");
    calls.get(0).complete("done");
    assertThat(flights.isRunning("a")).isFalse();
  }

  @Test
  void aSubscriberThatLeavesDoesNotEndTheCallOfOthers() {
    Uni<String> first = ask("a");
    first.subscribe().with(result -> {}).cancel();
    Uni<String> second = ask("a");
    calls.get(0).complete("done");
    assertThat(await(second)).isEqualTo("done");
    assertThat(calls).hasSize(1);
  }

  @Test
  void callsOverTheLimitAreRefused() {
    ask("a");
    ask("b");
    Uni<String> third = ask("c");
    assertThatThrownBy(() -> await(third)).hasMessageContaining("overload");
    assertThat(calls).hasSize(2);
    ask("b");
    calls.get(0).complete("done");
    ask("c");
    assertThat(calls).hasSize(3);
  }

  @Test
  void aCallThatThrowsLeavesNothingBehind() {
    Uni<String> failed =
        flights.run(
            "a",
            () -> {
              throw new IllegalStateException("broken");
            });
    assertThatThrownBy(() -> await(failed)).hasMessage("broken");
    assertThat(flights.isRunning("a")).isFalse();
  }

  private Uni<String> ask(String key) {
    return flights.run(key, () -> Uni.createFrom().emitter(calls::add));
  }

  private static String await(Uni<String> result) {
    return result.await().atMost(Duration.ofSeconds(5));
  }
}
