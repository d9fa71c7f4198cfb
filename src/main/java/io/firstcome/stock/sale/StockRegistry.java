package io.firstcome.stock.sale;

import io.firstcome.decision.Pending;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.pass.PassRefusal;
import io.firstcome.pass.Passes;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.RedisProblems;
import io.firstcome.stock.metrics.StockMetrics;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.ReservationIds;
import io.firstcome.stock.model.ReservationRequest;
import io.firstcome.stock.model.Stock;
import io.firstcome.stock.model.StockConfig;
import io.firstcome.stock.model.Strategy;
import io.quarkus.arc.All;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Which {@link Stock} decides: by the items of an order, or by the id of a reservation. */
@ApplicationScoped
public class StockRegistry {

  private final Map<Strategy, Stock> byStrategy = new EnumMap<>(Strategy.class);
  private final SaleItems items;
  private final Pool mysql;
  private final MySqlCalls calls;
  private final StockMetrics metrics;
  private final StockConfig config;
  private final Passes passes;
  private final OwnHolds holds;

  StockRegistry(
      @All List<Stock> stocks,
      SaleItems items,
      Pool mysql,
      MySqlCalls calls,
      StockMetrics metrics,
      StockConfig config,
      Passes passes,
      OwnHolds holds) {
    stocks.forEach(stock -> byStrategy.put(stock.strategy(), stock));
    this.items = items;
    this.mysql = mysql;
    this.calls = calls;
    this.metrics = metrics;
    this.config = config;
    this.passes = passes;
    this.holds = holds;
  }

  /** The stock of this strategy. */
  public Stock of(Strategy strategy) {
    Stock stock = byStrategy.get(strategy);
    if (stock == null) {
      throw notSupported();
    }
    return stock;
  }

  Collection<Stock> all() {
    return byStrategy.values();
  }

  /** Reserves, and counts what became of it. */
  public void reserve(ReservationRequest order, Pending<Reservation> pending) {
    Collection<String> wanted = order.quantities().keySet();
    SaleItems.Known known = items.known(order.saleId());
    if (known != null && known.strategyOf(wanted) != null) {
      reserve(known, order, pending);
      return;
    }
    items
        .with(order.saleId(), wanted)
        .onFailure()
        .invoke(e -> metrics.refused(problem(e).type()))
        .subscribe()
        .with(sale -> reserve(sale, order, pending), pending::fail);
  }

  private void reserve(
      SaleItems.Known sale, ReservationRequest order, Pending<Reservation> pending) {
    PassRefusal why =
        sale.queue().isEmpty()
            ? null
            : passes.refusal(
                pending.pass(sale.queue()), sale.queue(), order.saleId(), order.userId());
    if (why == null) {
      reserve(sale.strategyOf(order.quantities().keySet()), order, pending);
    } else {
      metrics.refused(ProblemType.PASS_REQUIRED);
      pending.fail(passes.refused(why, sale.queue()).asException());
    }
  }

  private void reserve(Strategy strategy, ReservationRequest order, Pending<Reservation> pending) {
    Stock stock = byStrategy.get(strategy);
    if (stock == null) {
      pending.fail(notSupported());
    } else {
      stock.reserve(order, new Counted(strategy, order.saleId(), pending));
    }
  }

  /** Counts what becomes of it, and tells users who stand in their own way by what. */
  private final class Counted extends Pending<Reservation> {

    private final Strategy strategy;
    private final String saleId;
    private final Pending<Reservation> pending;

    Counted(Strategy strategy, String saleId, Pending<Reservation> pending) {
      super(pending.userId());
      this.strategy = strategy;
      this.saleId = saleId;
      this.pending = pending;
    }

    @Override
    protected void decided(Reservation reservation) {
      metrics.reserved(strategy, reservation, startNanos());
      Set<String> limited =
          reservation.status() == Reservation.Status.REFUSED
              ? reservation.limitedItems()
              : Set.of();
      if (limited.isEmpty()) {
        pending.complete(reservation);
      } else {
        holds
            .of(saleId, userId(), limited)
            .subscribe()
            .with(own -> pending.complete(reservation.blockedBy(own)), pending::fail);
      }
    }

    @Override
    protected void failed(Throwable why) {
      Problem problem = problem(why);
      metrics.failed(strategy, problem, startNanos());
      if (problem.type() == ProblemType.TOO_MANY_HOLDS) {
        holds
            .of(saleId, userId(), Set.of())
            .subscribe()
            .with(
                own -> pending.fail(Reservation.naming(own, problem).asException()), pending::fail);
      } else {
        pending.fail(why);
      }
    }
  }

  private static ProblemException notSupported() {
    return Problem.malformed("strategy", "is not supported by this release").asException();
  }

  private static Problem problem(Throwable e) {
    if (e instanceof ProblemException known) {
      return known.problem();
    }
    return e instanceof RedisException redis
        ? RedisProblems.of(redis)
        : Problem.of(ProblemType.INTERNAL);
  }

  /**
   * Holds a reservation for longer, see {@link Stock#extend}.
   *
   * @param time from now on; what is above {@link StockConfig#maxExtension()} is not granted
   */
  public Uni<Reservation> extend(
      String saleId, String id, String userId, Duration time, String by) {
    return ask(saleId, id, stock -> stock.extend(saleId, id, userId, bounded(time), by));
  }

  /**
   * Holds an expired reservation again, see {@link Stock#takeAgain}.
   *
   * @param time from now on; what is above {@link StockConfig#maxExtension()} is not granted
   */
  public Uni<Reservation> takeAgain(String saleId, String id, Duration time, String by) {
    return ask(saleId, id, stock -> stock.takeAgain(saleId, id, bounded(time), by));
  }

  private Duration bounded(Duration time) {
    return time.compareTo(config.maxExtension()) > 0 ? config.maxExtension() : time;
  }

  /** Asks the stock that decided on a reservation; null where there is no such reservation. */
  public Uni<Reservation> ask(
      String saleId, String id, Function<Stock, Uni<Reservation>> question) {
    return of(saleId, id)
        .flatMap(stock -> stock == null ? Uni.createFrom().nullItem() : question.apply(stock));
  }

  /** The stock that decided on a reservation; null where there is no such reservation. */
  public Uni<Stock> of(String saleId, String reservationId) {
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
