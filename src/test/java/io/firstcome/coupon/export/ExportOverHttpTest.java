package io.firstcome.coupon.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.http.identity.Gateway;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Exports of claims and of what became of them. */
@QuarkusTest
class ExportOverHttpTest {

  private static final String CSV = "text/csv";
  private static final int MANY = 200_000;

  @RegisterExtension static final Stores stores = new Stores();

  @TestHTTPResource("/")
  URI service;

  @Test
  void claimsAndTheirHistoryAreExported() {
    String id = Api.create(10);
    for (String user : List.of("alice", "=cmd", "bob")) {
      Api.claim(id, user).statusCode(201);
    }
    Api.admin()
        .contentType("application/json")
        .body(Map.of("userId", "alice", "orderReference", "order-1"))
        .post(Api.coupon(id) + "/redemptions")
        .then()
        .statusCode(201);
    Api.admin()
        .contentType("application/json")
        .body(Map.of("reason", "a, \"robot\""))
        .post(Api.claim(id, "bob", "/revoke"))
        .then()
        .statusCode(200);
    stores.awaitDrained(id);

    List<JsonPath> claims = lines(id, "claims");
    assertThat(claims).extracting(line -> line.getLong("sequence")).containsExactly(1L, 2L, 3L);
    assertThat(claims)
        .extracting(line -> line.getString("userId"))
        .containsExactly("alice", "=cmd", "bob");
    assertThat(claims)
        .extracting(line -> line.getString("state"))
        .containsExactly("REDEEMED", "ISSUED", "RETURNED");
    assertThat(claims.get(0).getString("orderReference")).isEqualTo("order-1");
    assertThat(lines(id, "history"))
        .extracting(line -> line.getString("event"))
        .containsExactly("REDEEMED", "RETURNED");
    assertThat(lines(id, "redemptions"))
        .extracting(line -> line.getString("userId"))
        .containsExactly("alice");

    String[] csv = export(id, "claims", CSV).asString().split("\r\n");
    assertThat(csv[0])
        .isEqualTo("sequence,userId,unit,issuedAt,state,stateAt,orderReference,group");
    assertThat(csv[2]).startsWith("2,'=cmd,1,").endsWith(",ISSUED,,,");
    assertThat(export(id, "history", CSV).asString()).endsWith(",\"a, \"\"robot\"\"\"\r\n");
  }

  @Test
  void theShardsOfACouponAreExportedByTheirNumbers() {
    String id = Api.create(20, Map.of("shards", 2));
    for (int i = 0; i < 8; i++) {
      Api.claim(id, "u" + i).statusCode(201);
    }
    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () ->
                assertThat(lines(id, "claims"))
                    .extracting(line -> line.getLong("sequence"))
                    .doesNotHaveDuplicates()
                    .hasSize(8));
  }

  @Test
  void nothingIsExportedOfNothing() {
    String none = Api.create(1);
    assertThat(export(none, "claims", "*/*").asString()).isEmpty();
    assertThat(export(none, "redemptions", CSV).asString())
        .isEqualTo("change,sequence,userId,event,at,by,orderReference,reason\r\n");
    String lottery = Api.create(1, Map.of("policy", "LOTTERY"));
    Api.claim(lottery, "alice").statusCode(202);
    assertThat(export(lottery, "claims", "*/*").asString()).isEmpty();
    Problems.is(
        Api.admin().get(Api.coupon(Api.freshId()) + "/exports/claims").then(),
        ProblemType.UNKNOWN_COUPON);
    Problems.is(
        Api.as("alice").get(Api.coupon(none) + "/exports/claims").then(), ProblemType.FORBIDDEN);
  }

  /** What a client does not read stays in MySQL; it gets all once it reads. */
  @Test
  void aClientThatDoesNotReadIsNotReadFor() throws Exception {
    String id = Api.create(MANY);
    stores.sql(
        "INSERT INTO claim (coupon_id, sequence, user_id, unit, issued_at)"
            + " SELECT ?, n, CONCAT('a-user-with-a-long-name-', n), 1, UTC_TIMESTAMP(6) FROM ("
            + "SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d + 100000 * g.d AS n"
            + " FROM "
            + String.join(
                " CROSS JOIN ", digits("a"), digits("b"), digits("c"), digits("e"), digits("f"))
            + " CROSS JOIN (SELECT 0 AS d UNION SELECT 1) g) numbers",
        id);
    double before = exported();

    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(8 * 1024);
      socket.connect(new InetSocketAddress(service.getHost(), service.getPort()));
      StringBuilder request =
          new StringBuilder("GET " + Api.coupon(id) + "/exports/claims HTTP/1.1\r\nHost: test\r\n");
      request.append("X-User-Id: operator\r\nX-User-Groups: admin\r\nConnection: close\r\n");
      Gateway.headers().forEach((name, value) -> request.append(name + ": " + value + "\r\n"));
      socket.getOutputStream().write(request.append("\r\n").toString().getBytes());

      await().atMost(Stores.SOON).until(() -> exported() > before);
      // It has come to a halt.
      await()
          .atMost(Stores.SOON)
          .pollInterval(Duration.ofMillis(300))
          .until(
              () -> {
                double one = exported();
                await().pollDelay(Duration.ofMillis(700)).until(() -> true);
                return exported() == one;
              });
      assertThat(exported() - before).isLessThan(MANY / 2.0);

      assertThat(claimsIn(socket.getInputStream())).isEqualTo(MANY);
    }
    assertThat(exported() - before).isEqualTo(MANY);
  }

  /** Line ends in the chunks of a response. */
  private static long claimsIn(InputStream in) throws IOException {
    DataInputStream answer = new DataInputStream(new BufferedInputStream(in));
    while (!line(answer).isEmpty()) {
      // A header.
    }
    long lines = 0;
    for (int size = chunk(answer); size > 0; size = chunk(answer)) {
      for (byte one : answer.readNBytes(size)) {
        lines += one == '\n' ? 1 : 0;
      }
      line(answer);
    }
    return lines;
  }

  private static int chunk(DataInputStream answer) throws IOException {
    return Integer.parseInt(line(answer), 16);
  }

  private static String line(DataInputStream answer) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int one = answer.read(); one != '\n'; one = answer.read()) {
      if (one < 0) {
        throw new EOFException();
      }
      line.append((char) one);
    }
    return line.toString().strip();
  }

  private static String digits(String name) {
    StringBuilder digits = new StringBuilder("(SELECT 0 AS d");
    for (int i = 1; i < 10; i++) {
      digits.append(" UNION SELECT ").append(i);
    }
    return digits.append(") ").append(name).toString();
  }

  private static double exported() {
    return Api.metric("firstcome_export_rows_total", "");
  }

  private static Response export(String id, String what, String type) {
    Response export = Api.admin().header("Accept", type).get(Api.coupon(id) + "/exports/" + what);
    export.then().statusCode(200);
    assertThat(export.contentType()).startsWith(type.equals(CSV) ? CSV : ExportFormat.NDJSON_TYPE);
    return export;
  }

  private static List<JsonPath> lines(String id, String what) {
    List<JsonPath> lines = new ArrayList<>();
    String text = export(id, what, ExportFormat.NDJSON_TYPE).asString();
    text.lines().forEach(line -> lines.add(new JsonPath(line)));
    return lines;
  }
}
