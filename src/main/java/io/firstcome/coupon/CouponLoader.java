package io.firstcome.coupon;

import io.firstcome.ledger.Drainer;
import io.firstcome.ledger.Followers;
import io.firstcome.ledger.LoadConfig;
import io.firstcome.ledger.Loader;
import io.firstcome.ledger.MySqlCalls;
import io.firstcome.redis.Scripts;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Singleton;

/** Brings coupons into Redis that are asked for and not there. */
@Startup
@Singleton
class CouponLoader extends Loader {

  CouponLoader(
      CouponScripts coupons,
      Scripts redis,
      Drainer drainer,
      Followers followers,
      Pool mysql,
      MySqlCalls calls,
      LoadConfig config,
      MeterRegistry registry,
      Lending lending,
      HotCoupons known) {
    super(
        new CouponLoad(coupons, lending, known::seen),
        redis,
        drainer,
        followers,
        mysql,
        calls,
        config,
        registry);
  }
}
