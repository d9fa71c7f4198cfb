package io.firstcome.coupon.code;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.InsideTheBuild;
import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.quarkus.test.junit.QuarkusTest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Codes are money: no line of the log has one. */
@QuarkusTest
@InsideTheBuild("It listens to the loggers of the application, at every level.")
class CodesInLogTest {

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void noCodeIsLogged() {
    Queue<String> lines = new ConcurrentLinkedQueue<>();
    Handler listener =
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            Throwable thrown = record.getThrown();
            Object[] parameters = record.getParameters();
            lines.add(
                record.getMessage()
                    + (parameters == null ? "" : Arrays.toString(parameters))
                    + (thrown == null ? "" : thrown.toString()));
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Logger ours = Logger.getLogger("io.firstcome");
    Level before = ours.getLevel();
    ours.addHandler(listener);
    ours.setLevel(Level.ALL);
    String code;
    try {
      String id = Api.create(5, Map.of("codes", "GENERATED"));
      code = Api.claim(id, "alice").statusCode(201).extract().path("code");
      Api.claim(id, "alice");
      redeem(id, Map.of("code", code, "userId", "bob"));
      redeem(id, Map.of("code", code));
      stores.awaitDrained(id);
      String pool = Api.create(5, Map.of("codes", "POOL"));
      for (String line : List.of("\"POOL-CODE-1\"", "\"POOL-CODE-2", "\"POOL-CODE 3\"")) {
        Api.lines(Api.admin(), "application/x-ndjson", line).post(Api.coupon(pool) + "/codes");
      }
      Api.claim(pool, "alice").statusCode(201);
      redeem(pool, Map.of("code", "POOL-CODE-1", "userId", "bob"));
      redeem(pool, Map.of("code", "POOL-CODE-1"));
    } finally {
      ours.removeHandler(listener);
      ours.setLevel(before);
    }

    assertThat(lines).isNotEmpty();
    assertThat(lines)
        .noneMatch(line -> line.contains(code) || line.contains(code.replace("-", "")))
        .noneMatch(line -> line.contains("POOL-CODE"));
  }

  private static void redeem(String id, Map<String, Object> what) {
    Map<String, Object> body = new HashMap<>(what);
    body.put("orderReference", "order-1");
    Api.admin().contentType("application/json").body(body).post(Api.coupon(id) + "/redemptions");
  }
}
