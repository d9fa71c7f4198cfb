package io.firstcome.stock.metrics;

import static io.firstcome.stock.model.SaleType.SALE;

import io.firstcome.ledger.drain.Drainer;
import io.firstcome.metrics.Poll;
import io.firstcome.redis.Keys;
import io.firstcome.stock.model.HotStockConfig;
import io.firstcome.stock.model.Stock.Level;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToLongFunction;

/**
 * What the hot items have, are left with and have sold, and whether it adds up. All replicas share
 * these numbers, so that one alone exports them, the one that drains the sale's ledger: the sum
 * over the replicas is right. The first {@code firstcome.hot-stock.max-gauges} items are shown.
 */
@ApplicationScoped
class StockGauges {

  private static final Duration PERIOD = Duration.ofSeconds(1);

  private record Shown(String saleId, Level level) {

    Tags tags() {
      return Tags.of("sale", saleId, "item", level.itemId());
    }
  }

  private final HotLevels levels;
  private final Drainer drainer;
  private final int maxItems;
  private final Map<MultiGauge, ToLongFunction<Level>> gauges = new LinkedHashMap<>();
  private Poll poll;

  StockGauges(HotLevels levels, Drainer drainer, HotStockConfig config, MeterRegistry registry) {
    this.levels = levels;
    this.drainer = drainer;
    this.maxItems = config.maxGauges();
    gauge(registry, "firstcome.item.total", "Total units of the item", Level::total);
    gauge(registry, "firstcome.item.remaining", "Available units of the item", Level::available);
    gauge(registry, "firstcome.item.held", "Held units of the item", Level::held);
    gauge(registry, "firstcome.item.sold", "Sold units of the item", Level::sold);
    gauge(
        registry,
        "firstcome.item.violations",
        "1 if available + held + sold differs from the total or one is negative, else 0",
        level -> adds(level) ? 0 : 1);
  }

  private void gauge(
      MeterRegistry registry, String name, String description, ToLongFunction<Level> value) {
    MultiGauge gauge =
        MultiGauge.builder(name)
            .description(description + ", exported by the replica that drains the sale's ledger")
            .register(registry);
    gauges.put(gauge, value);
  }

  private static boolean adds(Level level) {
    return level.available() + level.held() + level.sold() == level.total()
        && Math.min(level.available(), Math.min(level.held(), level.sold())) >= 0;
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    poll = Poll.every(PERIOD, vertx, this::refresh);
  }

  void stop(@Observes ShutdownEvent event) {
    poll.close();
  }

  private Uni<?> refresh() {
    Set<String> tags = new TreeSet<>(drainer.held());
    return Multi.createFrom()
        .iterable(tags)
        .filter(SALE::owns)
        .select()
        .first(Math.max(1, maxItems))
        .onItem()
        .transformToUniAndConcatenate(tag -> levels(Keys.saleOf(tag)))
        .onItem()
        .transformToMultiAndConcatenate(shown -> Multi.createFrom().iterable(shown))
        .select()
        .first(maxItems)
        .collect()
        .asList()
        .invoke(this::export);
  }

  private Uni<List<Shown>> levels(String saleId) {
    return levels
        .of(saleId)
        .map(read -> read.stream().map(level -> new Shown(saleId, level)).toList())
        // Redis does not hold it, or is away: then nothing is shown.
        .onFailure()
        .recoverWithItem(List.of());
  }

  private void export(List<Shown> shown) {
    gauges.forEach(
        (gauge, value) -> {
          List<Row<?>> rows = new ArrayList<>();
          shown.forEach(one -> rows.add(Row.of(one.tags(), value.applyAsLong(one.level()))));
          gauge.register(rows, true);
        });
  }
}
