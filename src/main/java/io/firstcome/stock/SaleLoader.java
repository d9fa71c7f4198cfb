package io.firstcome.stock;

import io.firstcome.durability.ReplicaCheck;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.recovery.LoadConfig;
import io.firstcome.recovery.Loader;
import io.firstcome.redis.Scripts;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Singleton;

/** Brings sales into Redis that are asked for and not there. */
@Startup
@Singleton
class SaleLoader extends Loader {

  SaleLoader(
      StockScripts stock,
      Scripts redis,
      Drainer drainer,
      ReplicaCheck followers,
      Pool mysql,
      MySqlCalls calls,
      LoadConfig config,
      MeterRegistry registry) {
    super(new SaleLoad(stock), redis, drainer, followers, mysql, calls, config, registry);
  }
}
