package io.firstcome.coupon;

import io.firstcome.local.LocalRedis;
import io.firstcome.local.ServersOfOneTest;
import java.util.Map;

/** An application on a Redis and a MySQL of its own, for tests that disturb them or count all. */
public final class OwnServers extends ServersOfOneTest {

  /** As it comes. */
  public static class Apart extends ServersOfOneTest.Profile {
    public Apart() {
      super(OwnServers.class);
    }
  }

  /** With a label of its own for one coupon; the rest are others. */
  public static final class OneLabel extends Apart {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("firstcome.metrics.max-coupons", "1", "firstcome.metrics.interval", "200ms");
    }
  }

  @Override
  protected void startRedis() {
    tell("quarkus.redis.hosts", ending(LocalRedis.start()).uri());
  }
}
