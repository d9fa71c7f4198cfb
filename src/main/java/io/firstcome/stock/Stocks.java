package io.firstcome.stock;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.RedisProblems;
import io.quarkus.arc.All;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Which {@link Stock} decides: by the items of an order, or by the id of a reservation. */
@ApplicationScoped
class Stocks {

  private final Map<Strategy, Stock> byStrategy = new EnumMap<>(Strategy.class);
  private final SaleItems items;
  private final Pool mysql;
  private final MySqlCalls calls;
  private final StockMetrics metrics;

  Stocks(
      @All List<Stock> stocks,
      SaleItems items,
      Pool mysql,
      MySqlCalls calls,
      StockMetrics metrics) {
    stocks.forEach(stock -> byStrategy.put(stock.strategy(), stock));
    this.items = items;
    this.mysql = mysql;
    this.calls = calls;
    this.metrics = metrics;
  }

  /** The stock of this strategy. */
  Stock of(Strategy strategy) {
    Stock stock = byStrategy.get(strategy);
    if (stock == null) {
      throw Problem.malformed("strategy", "is not supported by this release").asException();
    }
    return stock;
  }

  Collection<Stock> all() {
    return byStrategy.values();
  }

  /** Reserves, and counts what became of it. */
  Uni<Reservation> reserve(Order order) {
    Collection<String> wanted = order.quantities().keySet();
    Strategy known = items.known(order.saleId(), wanted);
    return known != null
        ? reserve(known, order)
        : items
            .strategyOf(order.saleId(), wanted)
            .onFailure()
            .invoke(e -> metrics.refused(problem(e).type()))
            .flatMap(strategy -> reserve(strategy, order));
  }

  private Uni<Reservation> reserve(Strategy strategy, Order order) {
    long startNanos = System.nanoTime();
    return of(strategy)
        .reserve(order)
        .onItemOrFailure()
        .invoke(
            (reservation, e) -> {
              if (e == null) {
                metrics.reserved(strategy, reservation, startNanos);
              } else {
                metrics.failed(strategy, problem(e), startNanos);
              }
            });
  }

  private static Problem problem(Throwable e) {
    if (e instanceof ProblemException known) {
      return known.problem();
    }
    return e instanceof RedisException redis
        ? RedisProblems.of(redis)
        : Problem.of(ProblemType.INTERNAL);
  }

  /** The stock that decided on a reservation; null where there is no such reservation. */
  Uni<Stock> of(String saleId, String reservationId) {
    if (!ReservationIds.isValid(reservationId)) {
      return items.exists(saleId).replaceWith((Stock) null);
    }
    if (ReservationIds.isHot(reservationId)) {
      return Uni.createFrom().item(of(Strategy.HOT));
    }
    return calls
        .bounded(
            mysql
                .preparedQuery("SELECT strategy FROM reservation WHERE sale_id = ? AND id = ?")
                .execute(Tuple.of(saleId, reservationId)))
        .call(rows -> rows.size() == 0 ? items.exists(saleId) : Uni.createFrom().voidItem())
        .map(
            rows ->
                rows.size() == 0
                    ? null
                    : of(Strategy.valueOf(rows.iterator().next().getString(0))));
  }
}
