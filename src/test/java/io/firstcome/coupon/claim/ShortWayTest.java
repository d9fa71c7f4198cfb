package io.firstcome.coupon.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.InsideTheBuild;
import io.firstcome.coupon.Api;
import io.quarkus.test.junit.QuarkusTest;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Which claims go past JAX-RS. */
@QuarkusTest
@InsideTheBuild("it counts what comes to JAX-RS, where a filter of the tests sees it")
class ShortWayTest {

  @Test
  void plainClaimsGoPastJaxRsWhateverTheirOutcome() {
    String id = Api.create(1);
    String audience = Api.create(1, Map.of("audience", true));
    long before = LongWay.REQUESTS.get();

    Api.claim(id, "alice").statusCode(201);
    Api.claim(id, "alice").statusCode(409);
    Api.claim(id, "bob").statusCode(409);
    Api.claim(audience, "bob").statusCode(403);
    Api.claim(Api.freshId(), "bob").statusCode(404);

    assertThat(LongWay.REQUESTS).hasValue(before);
  }

  @Test
  void otherRequestsDoNot() {
    String id = Api.create(1);
    long before = LongWay.REQUESTS.get();

    Api.as("alice").contentType("application/json").body(" ").post(Api.claims(id));
    Api.as("alice").header("Accept", "text/html, application/json").post(Api.claims(id));
    Api.put(id, "alice");

    assertThat(LongWay.REQUESTS).hasValue(before + 3);
  }
}
