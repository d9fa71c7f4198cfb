package io.firstcome.http.identity;

import io.firstcome.decision.ReferenceRoute;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.restassured.RestAssured;
import io.restassured.specification.RequestSpecification;
import java.util.Map;

/**
 * Behind a gateway with two secrets and with every limit, of which nothing comes back while a test
 * runs. Beside them the route of the benchmarks, so that no other application is built.
 */
public final class Guarded implements QuarkusTestProfile {
  public static final int OF_USER = 3;
  public static final int OF_ADDRESS = 8;
  public static final int OF_USER_AT_REPLICA = 30;
  public static final int OF_ADDRESS_AT_REPLICA = 40;

  static final String OLD_SECRET = "old-secret-16-chars";
  static final String NEW_SECRET = "new-secret-of-another-length";

  private static final String RATE = "0.0001";

  @Override
  public Map<String, String> getConfigOverrides() {
    return Map.ofEntries(
        Map.entry(GatewaySecrets.SETTING, OLD_SECRET + "," + NEW_SECRET),
        Map.entry(ReferenceRoute.SETTING, "true"),
        Map.entry("firstcome.limit.user.rate", RATE),
        Map.entry("firstcome.limit.user.burst", String.valueOf(OF_USER)),
        Map.entry("firstcome.limit.user.replica-rate", RATE),
        Map.entry("firstcome.limit.user.replica-burst", String.valueOf(OF_USER_AT_REPLICA)),
        Map.entry("firstcome.limit.address.replica-rate", RATE),
        Map.entry("firstcome.limit.address.replica-burst", String.valueOf(OF_ADDRESS_AT_REPLICA)),
        Map.entry("firstcome.limit.address.rate", RATE),
        Map.entry("firstcome.limit.address.burst", String.valueOf(OF_ADDRESS)),
        Map.entry("firstcome.limit.trusted-proxies", "127.0.0.0/8,::1"));
  }

  /** A request of the gateway, and not of that of all other tests. */
  public static RequestSpecification given() {
    return RestAssured.given().noFilters().header("X-Gateway-Secret", NEW_SECRET);
  }
}
