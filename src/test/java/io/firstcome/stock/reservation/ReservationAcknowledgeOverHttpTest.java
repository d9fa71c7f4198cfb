package io.firstcome.stock.reservation;

import static io.firstcome.Management.management;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.firstcome.coupon.ReplicatedServers;
import io.firstcome.coupon.ReplicatedServers.Frozen;
import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.redis.Keys;
import io.firstcome.stock.SaleApi;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who reserves is told when that is as safe as was ordered, and not before. */
@QuarkusTest
@TestProfile(ReplicatedServers.Patient.class)
class ReservationAcknowledgeOverHttpTest {

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void whileTheReplicaHangsNobodyIsToldAndTheSameKeyTellsThenOnce() {
    String sale = sale("REPLICA");
    SaleApi.reserve(sale, "alice", "k1", 3).statusCode(201);
    try (Frozen frozen = ReplicatedServers.freeze(ReplicatedServers.REPLICA_PID)) {
      Problems.is(SaleApi.reserve(sale, "bob", "k1", 2), ProblemType.NOT_SECURED);
      Problems.is(SaleApi.reserve(sale, "bob", "k1", 2), ProblemType.NOT_SECURED);
      Problems.is(SaleApi.reserve(sale, "alice", "k1", 3), ProblemType.NOT_SECURED);
      // Who gets nothing has nothing to lose.
      Problems.is(SaleApi.reserve(sale, "carol", "k1", 9), ProblemType.INSUFFICIENT_STOCK);
    }

    ValidatableResponse told = untilTold(() -> SaleApi.reserve(sale, "bob", "k1", 2));

    told.statusCode(201).body("lines[0].granted", equalTo(2));
    assertThat(stock(sale)).startsWith("10 5 5 0");
  }

  /** The same level of another aggregate: it needs the same servers. */
  @Test
  void whileTheReplicaHangsNobodyIsToldThatTheyQueue() {
    String id = "q-" + SaleApi.freshId();
    SaleApi.admin()
        .body(
            Map.of(
                "id", id, "name", "A booth", "event", id, "capacity", 1, "acknowledge", "REPLICA"))
        .post("/api/v1/queues")
        .then()
        .statusCode(201);
    String entries = "/api/v1/queues/" + id + "/entries";
    SaleApi.as("alice").post(entries).then().statusCode(201);
    try (Frozen frozen = ReplicatedServers.freeze(ReplicatedServers.REPLICA_PID)) {
      Problems.is(SaleApi.as("bob").post(entries).then(), ProblemType.NOT_SECURED);
      Problems.is(SaleApi.as("bob").get(entries + "/bob").then(), ProblemType.NOT_SECURED);
      Problems.is(SaleApi.as("bob").post(entries + "/bob/enter").then(), ProblemType.FORBIDDEN);
    }

    untilTold(() -> SaleApi.as("bob").post(entries).then())
        .statusCode(200)
        .body("number", equalTo(2));
  }

  @Test
  void whatIsToldAtDatabaseIsInMySqlThen() {
    String sale = sale("DATABASE");
    for (int i = 1; i <= 5; i++) {
      String id = SaleApi.reserve(sale, "alice", "k" + i, 1).statusCode(201).extract().path("id");
      assertThat(status(sale, id)).isEqualTo("HELD");
      if (i % 2 == 0) {
        SaleApi.confirm(sale, id).statusCode(200);
        assertThat(status(sale, id)).isEqualTo("CONFIRMED");
      }
    }
  }

  @Test
  void whileNobodyDrainsNobodyIsToldWhatIsNotInMySql() {
    String sale = sale("DATABASE");
    String first = SaleApi.reserve(sale, "alice", "k1", 3).statusCode(201).extract().path("id");
    stores.awaitDrained(Keys.sale(sale));
    Stores.Hold hold = stores.holdDrain(Keys.sale(sale));
    Problems.is(SaleApi.reserve(sale, "bob", "k1", 2), ProblemType.NOT_SECURED);
    Problems.is(SaleApi.reserve(sale, "bob", "k1", 2), ProblemType.NOT_SECURED);
    Problems.is(SaleApi.reserve(sale, "carol", "k1", 9), ProblemType.INSUFFICIENT_STOCK);
    // It is held there, and told; that it was confirmed is not yet.
    SaleApi.reserve(sale, "alice", "k1", 3).statusCode(201).body("id", equalTo(first));
    Problems.is(SaleApi.confirm(sale, first), ProblemType.NOT_SECURED);
    Problems.is(SaleApi.confirm(sale, first), ProblemType.NOT_SECURED);
    assertThat(status(sale, first)).isEqualTo("HELD");

    hold.close();

    untilTold(() -> SaleApi.reserve(sale, "bob", "k1", 2)).statusCode(201);
    untilTold(() -> SaleApi.confirm(sale, first)).statusCode(200);
    assertThat(stock(sale)).startsWith("10 5 2 3");
  }

  @Test
  void whileMySqlIsAwayNothingIsReserved() {
    String sale = sale("DATABASE");
    SaleApi.reserve(sale, "alice", "k1", 3).statusCode(201);
    try (Frozen frozen = ReplicatedServers.freeze(ReplicatedServers.MYSQL_PID)) {
      await().atMost(Stores.SOON).until(ReservationAcknowledgeOverHttpTest::isMySqlAway);

      Problems.is(SaleApi.reserve(sale, "bob", "k1", 2), ProblemType.DATABASE_UNAVAILABLE);
      assertThat(stock(sale)).startsWith("10 7 3 0");
    }

    untilTold(() -> SaleApi.reserve(sale, "bob", "k1", 2)).statusCode(201);
  }

  private static String sale(String level) {
    String id = SaleApi.freshId();
    SaleApi.admin()
        .body(Map.of("id", id, "name", "A sale", "acknowledge", level))
        .post(SaleApi.SALES)
        .then()
        .statusCode(201);
    SaleApi.item(id, "a", 10);
    return id;
  }

  /** {@code total available held sold limit}. */
  private static String stock(String sale) {
    return stores.redis(Command.HGET, "fc:{" + Keys.sale(sale) + "}:stock", "a").toString();
  }

  private static String status(String sale, String id) {
    for (Row row :
        stores.sql("SELECT status FROM reservation WHERE sale_id = ? AND id = ?", sale, id)) {
      return row.getString(0);
    }
    return "not there";
  }

  private static boolean isMySqlAway() {
    return management()
        .get("/q/metrics")
        .asString()
        .lines()
        .anyMatch(line -> line.startsWith("firstcome_mysql_up") && line.endsWith(" 0.0"));
  }

  /** The first answer that is not a 503. */
  private static ValidatableResponse untilTold(Supplier<ValidatableResponse> ask) {
    return await()
        .atMost(Stores.SOON)
        .pollInterval(Duration.ofMillis(10))
        .until(ask::get, response -> response.extract().statusCode() != 503);
  }
}
