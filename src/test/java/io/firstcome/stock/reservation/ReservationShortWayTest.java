package io.firstcome.stock.reservation;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.InsideTheBuild;
import io.firstcome.coupon.claim.LongWay;
import io.firstcome.stock.SaleApi;
import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.Test;

/** Which reservations go past JAX-RS. */
@QuarkusTest
@InsideTheBuild("it counts what comes to JAX-RS, where a filter of the tests sees it")
class ReservationShortWayTest {

  @Test
  void plainRequestsGoPastJaxRsWhateverTheirOutcome() {
    String sale = SaleApi.sale(1);
    long before = LongWay.REQUESTS.get();

    SaleApi.reserve(sale, "alice", "k1", 1).statusCode(201);
    SaleApi.reserve(sale, "alice", "k1", 1).statusCode(201);
    SaleApi.reserve(sale, "alice", "k1", 2).statusCode(422);
    SaleApi.reserve(sale, "bob", "k1", 1).statusCode(409);
    SaleApi.reserve(sale, "bob", "k2", 0).statusCode(400);
    SaleApi.reserve(SaleApi.freshId(), "bob", "k1", 1).statusCode(404);

    assertThat(LongWay.REQUESTS).hasValue(before);
  }

  @Test
  void otherRequestsDoNot() {
    String sale = SaleApi.sale(1);
    long before = LongWay.REQUESTS.get();

    SaleApi.reserve(sale, "alice", "not a key", 1).statusCode(400);
    SaleApi.reserve(sale, "alice", "k", "{\"items\": 1}").statusCode(400);
    SaleApi.as("alice")
        .header("Idempotency-Key", "k")
        .header("Sec-Fetch-Site", "same-origin")
        .body("{\"items\":[{\"itemId\":\"a\",\"quantity\":1}]}")
        .post(SaleApi.reservations(sale));

    assertThat(LongWay.REQUESTS).hasValue(before + 3);
  }
}
