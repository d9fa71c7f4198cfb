package io.firstcome.coupon.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.http.edge.Impatient;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The ledger holds what MySQL does not have yet, up to a limit. */
@QuarkusTest
@TestProfile(Impatient.class)
class ClaimWhenLedgerIsFullTest {

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void aFullLedgerIs503UntilItIsDrainedAndHoldersKeepTheirClaims() {
    String id = Api.create(10);
    Stores.Hold hold = stores.holdDrain(id);
    Map<String, Object> claim =
        Api.claim(id, "user1").statusCode(201).extract().jsonPath().getMap("$");
    for (int i = 2; i <= Impatient.MAX_UNDRAINED; i++) {
      Api.claim(id, "user" + i).statusCode(201);
    }

    for (int i = 0; i < 3; i++) {
      assertThat(
              Problems.is(Api.claim(id, "late"), ProblemType.LEDGER_FULL)
                  .extract()
                  .header("Retry-After"))
          .matches("[12]");
    }
    Problems.is(Api.put(id, "late"), ProblemType.LEDGER_FULL);
    assertThat(stores.undrained(id)).isEqualTo(Impatient.MAX_UNDRAINED);
    Problems.is(Api.claim(id, "user1"), ProblemType.ALREADY_CLAIMED).body("claim", equalTo(claim));
    Api.put(id, "user1").statusCode(200).body("$", equalTo(claim));
    Api.ownClaim(id, "user1").statusCode(200).body("$", equalTo(claim));
    Problems.is(Api.ownClaim(id, "late"), ProblemType.NO_CLAIM);

    hold.close();
    stores.awaitDrained(id);
    Api.claim(id, "late").statusCode(201).body("sequence", equalTo(Impatient.MAX_UNDRAINED + 1));
  }
}
