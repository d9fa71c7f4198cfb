package io.firstcome.coupon.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.http.edge.Impatient;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.live.Watcher;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A page that shows a coupon need not ask again and again. */
@QuarkusTest
@TestProfile(Impatient.class)
class CouponLiveTest {

  private static final String FOR = "X-Forwarded-For";
  private static final Duration SOON = Duration.ofSeconds(20);

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void aStreamBeginsWithWhatIsNowAndGoesOnWithWhatChanges() {
    String id = Api.create(2);
    try (Watcher watcher = new Watcher(path(id))) {
      await().atMost(SOON).until(() -> watcher.events().size() == 1);
      assertThat(watcher.status()).isEqualTo(200);
      assertThat(watcher.events().get(0)).contains("\"id\":\"" + id + "\"", "\"issued\":0");

      Api.claim(id, "user1").statusCode(201);
      await().atMost(SOON).until(() -> watcher.events().size() == 2);
      assertThat(watcher.events().get(1)).contains("\"issued\":1", "\"state\":\"OPEN\"");

      Api.claim(id, "user2").statusCode(201);
      await().atMost(SOON).until(() -> watcher.events().size() == 3);
      assertThat(watcher.events().get(2)).contains("\"remaining\":0", "\"state\":\"SOLD_OUT\"");

      long heartbeats = watcher.heartbeats();
      await().atMost(SOON).until(() -> watcher.heartbeats() > heartbeats + 2);
      assertThat(watcher.events()).as("nothing changed since").hasSize(3);
    }
  }

  @Test
  void aStreamTooManyIsRefusedUntilOneHasGone() {
    String id = Api.create(1);
    try (Watcher first = watcher(id, "192.0.2.1");
        Watcher second = watcher(id, "192.0.2.2");
        Watcher third = watcher(id, "192.0.2.3")) {
      await().atMost(SOON).until(() -> events(first, second, third) == Impatient.MAX_STREAMS);
      Problems.is(refused(id, "192.0.2.5"), ProblemType.OVERLOADED);
      first.close();
      await().atMost(SOON).until(() -> isServed(id, "192.0.2.4"));
    }
  }

  @Test
  void oneAddressLeavesStreamsToOthers() {
    String id = Api.create(1);
    try (Watcher first = watcher(id, "192.0.2.1");
        Watcher second = watcher(id, "192.0.2.1")) {
      await().atMost(SOON).until(() -> events(first, second) == Impatient.MAX_STREAMS_PER_ADDRESS);
      Problems.is(refused(id, "192.0.2.1"), ProblemType.TOO_MANY_REQUESTS);
      assertThat(isServed(id, "192.0.2.2")).isTrue();
      first.close();
      await().atMost(SOON).until(() -> isServed(id, "192.0.2.1"));
    }
  }

  @Test
  void whatCannotBeWatchedIsAProblem() {
    Problems.is(Api.anonymous().get(path(Api.freshId())).then(), ProblemType.UNKNOWN_COUPON);
    Problems.is(Api.anonymous().get(path("No!")).then(), ProblemType.MALFORMED);
  }

  /** A stream that is not refused does not end, and would be read for ever. */
  private static ValidatableResponse refused(String id, String address) {
    assertThat(isServed(id, address)).isFalse();
    return Api.anonymous().header(FOR, address).get(path(id)).then();
  }

  private static int events(Watcher... watchers) {
    return Stream.of(watchers).mapToInt(watcher -> watcher.events().size()).sum();
  }

  private static boolean isServed(String id, String address) {
    try (Watcher watcher = watcher(id, address)) {
      return watcher.status() == 200;
    }
  }

  private static Watcher watcher(String id, String address) {
    return new Watcher(path(id), FOR, address);
  }

  private static String path(String id) {
    return Api.COUPONS + "/" + id + "/live";
  }
}
