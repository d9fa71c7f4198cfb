package io.firstcome.order.purchase;

import io.firstcome.decision.Pending;
import io.firstcome.http.identity.Caller;
import io.firstcome.http.input.OpaqueId;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.order.model.Order;
import io.firstcome.order.model.Order.State;
import io.firstcome.order.model.OrderConfig;
import io.firstcome.order.model.OrderTransactions;
import io.firstcome.order.model.Step;
import io.firstcome.order.pricing.Pricing;
import io.firstcome.order.pricing.Quote;
import io.firstcome.order.saga.OrderMetrics;
import io.firstcome.order.saga.OrderTable;
import io.firstcome.order.saga.Saga;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.ReservationRequest;
import io.firstcome.stock.model.StockConfig;
import io.firstcome.stock.sale.StockRegistry;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Places orders. Units are held before anything is written: who is refused leaves no row, so a
 * crowd that finds nothing left costs MySQL next to nothing. A replica that dies in between leaves
 * a hold, which the same request finds again and which ends by itself. From the row on the {@link
 * Saga} goes on with the order, whoever asks.
 */
@ApplicationScoped
class Orders {

  private static final Duration FIRST_LOOK = Duration.ofMillis(25);
  private static final Duration LAST_LOOK = Duration.ofMillis(200);

  private final Pricing pricing;
  private final StockRegistry stocks;
  private final StockConfig stockConfig;
  private final OrderTable table;
  private final OrderTransactions mysql;
  private final OrderMetrics metrics;
  private final OrderConfig config;
  private final Saga saga;

  Orders(
      Pricing pricing,
      StockRegistry stocks,
      StockConfig stockConfig,
      OrderTable table,
      OrderTransactions mysql,
      OrderMetrics metrics,
      OrderConfig config,
      Saga saga) {
    this.pricing = pricing;
    this.stocks = stocks;
    this.stockConfig = stockConfig;
    this.table = table;
    this.mysql = mysql;
    this.metrics = metrics;
    this.config = config;
    this.saga = saga;
  }

  /**
   * What became of a request.
   *
   * @param replayed whether its key had placed the order before
   */
  record Placed(Order order, boolean replayed) {}

  /** A request, and what makes it the same one again. */
  private record Request(
      NewOrder order,
      String caller,
      String key,
      String digest,
      ReservationRequest reservation,
      UnaryOperator<String> pass,
      long deadline) {}

  /**
   * Places an order, or says what became of the one that the same key placed.
   *
   * @param pass the pass that was sent, by the queue that demands it; null: none
   * @return the order when it has ended, or as it is when the request's time is up; fails where
   *     nothing was taken
   */
  Uni<Placed> place(NewOrder order, String caller, String key, UnaryOperator<String> pass) {
    ReservationRequest reservation = order.reservation(caller, key, config.hold(), stockConfig);
    Request request =
        new Request(
            order,
            caller,
            key,
            order.digest(caller, reservation),
            reservation,
            pass,
            System.nanoTime() + config.answerWithin().toNanos());
    return earlier(request)
        .chain(
            earlier ->
                earlier != null
                    ? follow(earlier, request)
                    : quote(request)
                        .chain(quote -> held(request, quote))
                        .onFailure(Orders::isRefusal)
                        .recoverWithUni(refusal -> refused(request, refusal)));
  }

  private Uni<Order> earlier(Request request) {
    return mysql.decide(tx -> ofKey(tx, request));
  }

  private Order ofKey(SqlTransaction tx, Request request) {
    Order order = table.ofKey(tx, request.caller(), request.key());
    if (order != null && !table.request(tx, order).equals(request.digest())) {
      throw Problem.of(ProblemType.IDEMPOTENCY_MISMATCH).asException();
    }
    return order;
  }

  private Uni<Quote> quote(Request request) {
    NewOrder order = request.order();
    return pricing
        .quote(
            order.saleId(),
            request.reservation().quantities(),
            order.couponId(),
            request.reservation().userId())
        .invoke(
            quote -> {
              boolean same =
                  (order.total() == null || order.total() == quote.total())
                      && (order.currency() == null || order.currency().equals(quote.currency()));
              if (!same) {
                throw Problem.of(ProblemType.TOTAL_MISMATCH)
                    .with("currency", quote.currency())
                    .with("subtotal", quote.subtotal())
                    .with("discount", quote.discount())
                    .with("total", quote.total())
                    .asException();
              }
            });
  }

  private Uni<Placed> held(Request request, Quote quote) {
    long asked = System.nanoTime();
    ReservationRequest wanted = request.reservation();
    return Pending.<Reservation>uni(
            new Caller(wanted.userId(), Map::of),
            request.pass(),
            pending -> stocks.reserve(wanted, pending))
        .chain(
            held -> {
              checkHeld(held);
              Duration left = Duration.between(held.serverTime(), held.expiresAt());
              if (left.compareTo(config.chargeTime()) < 0) {
                throw Problem.of(ProblemType.RESERVATION_EXPIRED).asException();
              }
              long chargeUntil = asked + left.minus(config.chargeTime()).toNanos();
              return add(request, quote, held.id(), chargeUntil);
            });
  }

  private static void checkHeld(Reservation reservation) {
    switch (reservation.status()) {
      case HELD -> {}
      case REFUSED -> throw reservation.refusal().asException();
      case CANCELLED -> throw Problem.of(ProblemType.RESERVATION_CANCELLED).asException();
      case CONFIRMED -> throw Problem.of(ProblemType.RESERVATION_CONFIRMED).asException();
      case EXPIRED -> throw Problem.of(ProblemType.RESERVATION_EXPIRED).asException();
      case UNDONE -> throw Problem.of(ProblemType.RESERVATION_CANCELLED).asException();
    }
  }

  private Uni<Placed> add(Request request, Quote quote, String reservationId, long chargeUntil) {
    Order order = order(request, quote, reservationId);
    return mysql
        .decide(tx -> table.add(tx, order, request.key(), request.digest()))
        .chain(
            added ->
                added
                    ? end(saga.run(order, chargeUntil), order, request.deadline())
                        .map(ended -> new Placed(ended, false))
                    : earlier(request).chain(earlier -> follow(earlier, request)));
  }

  private static Order order(Request request, Quote quote, String reservationId) {
    NewOrder wanted = request.order();
    Order order =
        new Order(
            0,
            OpaqueId.next(Order.LETTER),
            wanted.owner(request.caller()),
            request.caller(),
            wanted.saleId(),
            wanted.couponId(),
            wanted.payment().provider(),
            quote.currency(),
            quote.lines(),
            quote.subtotal(),
            quote.discount(),
            quote.total(),
            reservationId,
            State.PENDING,
            Step.RESERVE,
            false,
            null,
            null,
            null,
            1,
            0,
            0,
            null,
            null);
    return order.at(State.PENDING, order.after(Step.RESERVE));
  }

  private Uni<Placed> follow(Order order, Request request) {
    return end(Uni.createFrom().item(order), order, request.deadline())
        .map(ended -> new Placed(ended, true));
  }

  /**
   * Of requests that come together one places the order: what refuses another, as that the coupon
   * is used, may be that order's own doing.
   */
  private Uni<Placed> refused(Request request, Throwable refusal) {
    if (typeOf(refusal) == ProblemType.INSUFFICIENT_STOCK) {
      // The same key would have found its own units: a crowd that finds none left stays cheap.
      metrics.refused();
      return Uni.createFrom().failure(refusal);
    }
    return earlier(request)
        .chain(
            earlier -> {
              if (earlier != null) {
                return follow(earlier, request);
              }
              metrics.refused();
              return Uni.createFrom().failure(refusal);
            });
  }

  private static boolean isRefusal(Throwable e) {
    ProblemType type = typeOf(e);
    return type != null && type.status() < 500 && type != ProblemType.IDEMPOTENCY_MISMATCH;
  }

  private static ProblemType typeOf(Throwable e) {
    return e instanceof ProblemException known ? known.problem().type() : null;
  }

  /** The order when it has ended; when the time is up, as it was seen last. */
  private Uni<Order> end(Uni<Order> run, Order last, long deadline) {
    return run.chain(now -> poll(now, FIRST_LOOK, deadline))
        .ifNoItem()
        .after(Duration.ofNanos(Math.max(1_000_000, deadline - System.nanoTime())))
        .recoverWithItem(last)
        // What was not read from MySQL does not know when that was.
        .chain(
            now ->
                isOver(now) && now.createdAt() != null
                    ? Uni.createFrom().item(now)
                    : find(now.id()));
  }

  private Uni<Order> poll(Order order, Duration wait, long deadline) {
    if (isOver(order) || System.nanoTime() - deadline > 0) {
      return Uni.createFrom().item(order);
    }
    Duration next = wait.multipliedBy(2);
    return Uni.createFrom()
        .voidItem()
        .onItem()
        .delayIt()
        .by(wait)
        .chain(() -> saga.resume(order.id()))
        .chain(now -> poll(now, next.compareTo(LAST_LOOK) < 0 ? next : LAST_LOOK, deadline));
  }

  private static boolean isOver(Order order) {
    return order.state().isEnd() || order.blocked() != null;
  }

  /** The order of an id, or null. */
  Uni<Order> find(String id) {
    return mysql.decide(tx -> table.find(tx, id));
  }

  /** Undoes a confirmed order; returns what became of it. */
  Uni<Order> refund(Order order, String reason) {
    long deadline = System.nanoTime() + config.answerWithin().toNanos();
    return mysql
        .decide(
            tx -> {
              table.requestRefund(tx, order.id(), reason);
              return table.find(tx, order.id());
            })
        // What was read before still says that it is confirmed.
        .chain(
            asked ->
                isOver(asked)
                    ? Uni.createFrom().item(asked)
                    : end(saga.resume(asked.id()), asked, deadline));
  }

  /** Turns an order back, where it is not confirmed yet; returns what became of it. */
  Uni<Order> cancel(Order order) {
    long deadline = System.nanoTime() + config.answerWithin().toNanos();
    return mysql
        .decide(tx -> table.requestCancel(tx, order.id()))
        .chain(() -> find(order.id()))
        .chain(now -> end(Uni.createFrom().item(now), now, deadline));
  }
}
