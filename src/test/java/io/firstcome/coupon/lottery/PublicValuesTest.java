package io.firstcome.coupon.lottery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.nullValue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.firstcome.InsideTheBuild;
import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.coupon.model.LotteryConfig;
import io.firstcome.http.input.Digests;
import io.quarkus.runtime.configuration.DurationConverter;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.smallrye.config.SmallRyeConfigBuilder;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Public values that are fetched from a beacon: a server of this test. */
@InsideTheBuild("it calls the class that fetches")
@QuarkusTest
class PublicValuesTest {

  @RegisterExtension static final Stores stores = new Stores();

  private static final String NAME = "A value";

  @Inject Drawing drawing;
  @Inject ObjectMapper json;

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicReference<String> asked = new AtomicReference<>();
  private final CountDownLatch end = new CountDownLatch(1);
  private HttpServer beacon;
  private volatile int status = 200;
  private volatile String body = "";
  private volatile boolean hangs;

  @BeforeEach
  void start() throws IOException {
    beacon = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    beacon.setExecutor(threads);
    beacon.createContext("/", this::answer);
    beacon.start();
  }

  @AfterEach
  void stop() {
    end.countDown();
    beacon.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange request) throws IOException {
    asked.set(request.getRequestURI().toString());
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    request.sendResponseHeaders(status, hangs ? 0 : bytes.length == 0 ? -1 : bytes.length);
    request.getResponseBody().write(bytes);
    if (hangs) {
      request.getResponseBody().flush();
      try {
        end.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    request.close();
  }

  @Test
  void theValueOfTheBeaconMakesTheSeedAndTheFirstOneStays() {
    String id = frozen();
    PublicValues values = values("randomness");
    status = 404;
    body = "{\"randomness\":\"too early\"}";
    values.fetch(id, NAME);
    status = 200;
    for (String wrong : new String[] {"{}", "no JSON", "{\"randomness\":\"\\u0000\"}"}) {
      body = wrong;
      values.fetch(id, NAME);
    }
    body = "{\"randomness\":\"" + "x".repeat(100_000) + "\"}";
    values.fetch(id, NAME);
    LotteryOverHttpTest.awaitState(id, "FROZEN").body("publicValue", nullValue());

    body = "{\"round\":7,\"randomness\":\" abc \"}";
    values.fetch(id, NAME);
    body = "{\"randomness\":\"another\"}";
    values.fetch(id, NAME);

    assertThat(asked.get()).isEqualTo("/rounds/A%20value");
    JsonPath drawn = LotteryOverHttpTest.drawn(id);
    assertThat(drawn.getString("publicValue")).isEqualTo("abc");
    assertThat(drawn.getString("seed")).isEqualTo(Digests.of(drawn.getString("secret") + "abc"));
  }

  @Test
  void withoutAMemberTheBodyIsTheValue() {
    String id = frozen();
    body = "  0123abc\n";
    values(null).fetch(id, NAME);
    assertThat(LotteryOverHttpTest.drawn(id).getString("publicValue")).isEqualTo("0123abc");
  }

  /** One that never ends its answer held up all draws of the replica. */
  @Test
  void aBeaconThatDoesNotEndItsAnswerIsNotWaitedFor() {
    String id = frozen();
    hangs = true;
    body = "half";
    long began = System.nanoTime();

    values(null).fetch(id, NAME);

    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(30));
    LotteryOverHttpTest.awaitState(id, "FROZEN").body("publicValue", nullValue());
  }

  private static String frozen() {
    String id =
        LotteryOverHttpTest.lottery(
            1,
            Map.of(
                "lottery", Map.of("publicValue", LotteryOverHttpTest.publicValue("CANCEL", 3600))));
    Api.claim(id, "alice").statusCode(202);
    Api.change(id, "close").statusCode(200);
    LotteryOverHttpTest.awaitState(id, "FROZEN");
    return id;
  }

  /** As the replica has it whose settings name this beacon. */
  private PublicValues values(String member) {
    String url = "http://localhost:%d/rounds/{name}".formatted(beacon.getAddress().getPort());
    SmallRyeConfigBuilder settings =
        new SmallRyeConfigBuilder()
            .withMapping(LotteryConfig.class)
            .withConverter(Duration.class, 200, new DurationConverter())
            .withDefaultValue("firstcome.lottery.public-value-url", url);
    if (member != null) {
      settings.withDefaultValue("firstcome.lottery.public-value-member", member);
    }
    return new PublicValues(drawing, settings.build().getConfigMapping(LotteryConfig.class), json);
  }
}
