package io.firstcome.order.saga;

import io.firstcome.coupon.recovery.CouponReader;
import io.firstcome.coupon.redemption.UnitRequests;
import io.firstcome.coupon.redemption.Units;
import io.firstcome.durability.AwaitMySql;
import io.firstcome.http.input.Digests;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.order.model.Order;
import io.firstcome.order.model.OrderConfig;
import io.firstcome.order.model.Step;
import io.firstcome.order.saga.Outcome.Done;
import io.firstcome.order.saga.Outcome.Refused;
import io.firstcome.order.saga.Outcome.Unknown;
import io.firstcome.payment.charge.Payments;
import io.firstcome.payment.model.Payment;
import io.firstcome.payment.model.PaymentRequest;
import io.firstcome.redis.RedisException;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.ReservationIds;
import io.firstcome.stock.model.Stock;
import io.firstcome.stock.model.StockConfig;
import io.firstcome.stock.sale.StockRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * What the steps of an order do elsewhere, and how that is undone. Each is asked for under a name
 * that the order gives it: again changes nothing more. So who does not know what came of one asks
 * again, and no step is undone before that is known.
 */
@ApplicationScoped
class Steps {

  private static final Logger LOG = Logger.getLogger(Steps.class);

  private static final Duration FIRST_LOOK = Duration.ofMillis(5);
  private static final Duration LAST_LOOK = Duration.ofMillis(100);
  private static final Duration SETTLED_WITHIN = Duration.ofSeconds(3);

  private static final String UNDO_REASON = "Order cancelled";

  private static final Uni<Outcome> OVERTAKEN = Uni.createFrom().item(new Unknown("overtaken"));

  private static final String EXPIRED = ProblemType.RESERVATION_EXPIRED.slug();

  /** What to undo is not there: then nothing is to be undone. */
  private static final Set<ProblemType> NOTHING_REDEEMED =
      Set.of(ProblemType.UNKNOWN_REDEMPTION, ProblemType.NO_CLAIM, ProblemType.UNKNOWN_COUPON);

  private final Payments payments;
  private final Units units;
  private final CouponReader coupons;
  private final StockRegistry stocks;
  private final Pool mysql;
  private final MySqlCalls calls;
  private final OrderConfig config;
  private final StockConfig stockConfig;

  Steps(
      Payments payments,
      Units units,
      CouponReader coupons,
      StockRegistry stocks,
      Pool mysql,
      MySqlCalls calls,
      OrderConfig config,
      StockConfig stockConfig) {
    this.payments = payments;
    this.units = units;
    this.coupons = coupons;
    this.stocks = stocks;
    this.mysql = mysql;
    this.calls = calls;
    this.config = config;
    this.stockConfig = stockConfig;
  }

  /**
   * Does the step at hand.
   *
   * @param chargeUntil until when a charge may begin, by {@link System#nanoTime}; null: not known
   * @return never fails
   */
  Uni<Outcome> perform(Order order, Long chargeUntil) {
    return outcome(
        order,
        switch (order.step()) {
          case RESERVE -> throw new IllegalStateException("Orders begin when units are held");
          case CHARGE -> charge(order, chargeUntil);
          case REDEEM -> redeem(order);
          case CONFIRM -> confirm(order);
        });
  }

  /**
   * Undoes the step at hand.
   *
   * @return never fails
   */
  Uni<Outcome> undo(Order order) {
    return outcome(
        order,
        switch (order.step()) {
          case RESERVE -> cancel(order);
          case CHARGE -> refund(order);
          case REDEEM -> unredeem(order);
          case CONFIRM -> unsell(order);
        });
  }

  private Uni<Outcome> charge(Order order, Long chargeUntil) {
    PaymentRequest request = chargeOf(order);
    if (chargeUntil != null && System.nanoTime() - chargeUntil < 0) {
      return pay(request);
    }
    return payments
        .find(order.chargeId())
        .chain(
            begun ->
                begun != null
                    ? pay(request)
                    : mayCharge(order)
                        .chain(
                            inTime ->
                                inTime
                                    ? pay(request)
                                    : payments.decline(request, EXPIRED).map(Steps::ofCharge)));
  }

  private Uni<Outcome> pay(PaymentRequest request) {
    return payments.pay(request).map(paid -> ofCharge(paid.payment()));
  }

  /** Whether the hold lasts for as long as the rest of the order may take; it is extended once. */
  private Uni<Boolean> mayCharge(Order order) {
    return stock(order, stock -> stock.find(order.saleId(), order.reservationId(), null))
        .chain(
            held ->
                held == null || held.status() != Reservation.Status.HELD || lasts(held)
                    ? Uni.createFrom().item(held)
                    : stock(
                        order,
                        stock ->
                            stock.extend(
                                order.saleId(),
                                order.reservationId(),
                                null,
                                holdAgain(),
                                order.caller())))
        .map(held -> held != null && held.status() == Reservation.Status.HELD && lasts(held));
  }

  private boolean lasts(Reservation held) {
    return Duration.between(held.serverTime(), held.expiresAt()).compareTo(config.chargeTime())
        >= 0;
  }

  private Duration holdAgain() {
    Duration most = stockConfig.maxExtension();
    return config.hold().compareTo(most) < 0 ? config.hold() : most;
  }

  private static Outcome ofCharge(Payment payment) {
    if (payment.state() != Payment.State.DONE) {
      return new Unknown("payment-unknown");
    }
    return payment.succeeded()
        ? new Done(payment.id())
        : new Refused(
            EXPIRED.equals(payment.reason()) ? Step.RESERVE : Step.CHARGE, payment.reason());
  }

  private static PaymentRequest chargeOf(Order order) {
    return new PaymentRequest(
        order.chargeId(),
        Payment.Kind.CHARGE,
        null,
        order.caller(),
        null,
        Digests.of(order.id()),
        order.userId(),
        order.total(),
        order.currency(),
        order.provider());
  }

  /**
   * The script redeems only while no other replica can have taken the order: one that froze on the
   * way to it is refused when it wakes, whatever has become of the order and of its coupon. How
   * long that is is read after the clock of Redis, so the end is never too late.
   */
  private Uni<Outcome> redeem(Order order) {
    return coupons
        .standing(order.couponId(), order.userId())
        .map(standing -> standing.state().serverTime())
        .chain(
            now ->
                turnLeft(order)
                    .chain(
                        left ->
                            left == null
                                ? OVERTAKEN
                                : redeem(order, now.plus(left, ChronoUnit.MICROS))));
  }

  private Uni<Outcome> redeem(Order order, Instant before) {
    return units
        .redeem(
            order.couponId(),
            new UnitRequests.Redeem(null, order.userId(), order.id(), null),
            order.caller(),
            before)
        .map(done -> new Done(String.valueOf(done.redemption().sequence())));
  }

  private Uni<Outcome> confirm(Order order) {
    return stock(order, stock -> stock.confirm(order.saleId(), order.reservationId()))
        .chain(
            reservation -> {
              if (reservation == null) {
                return refused(ProblemType.UNKNOWN_RESERVATION);
              }
              return switch (reservation.status()) {
                case CONFIRMED -> sold(order);
                case EXPIRED -> takeAgain(order);
                default -> refused(ProblemType.RESERVATION_CANCELLED);
              };
            });
  }

  /**
   * The money came later than the hold lasted: the units are taken again if they are left. A
   * replica that slept before this must not sell what another has given up since, so it looks whose
   * turn it is between taking and selling; what it took ends by itself.
   */
  private Uni<Outcome> takeAgain(Order order) {
    return stock(
            order,
            stock ->
                stock.takeAgain(order.saleId(), order.reservationId(), holdAgain(), order.caller()))
        .chain(
            again ->
                again == null || !again.status().hasUnits()
                    ? refused(ProblemType.RESERVATION_EXPIRED)
                    : turnLeft(order).chain(left -> left == null ? OVERTAKEN : confirm(order)))
        .onFailure(e -> typeOf(e) == ProblemType.INSUFFICIENT_STOCK)
        .recoverWithUni(() -> refused(ProblemType.RESERVATION_EXPIRED));
  }

  /**
   * For how many microseconds nobody else can take the order, negative where it can be taken now;
   * null where it was.
   */
  private Uni<Long> turnLeft(Order order) {
    return calls.bounded(
        mysql
            .preparedQuery(
                "SELECT TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), due_at) FROM orders"
                    + " WHERE id = ? AND turn = ? AND step = ?")
            .execute(Tuple.of(order.id(), order.turn(), order.step().name()))
            .map(rows -> rows.size() == 0 ? null : rows.iterator().next().getLong(0)));
  }

  private static Uni<Outcome> refused(ProblemType type) {
    return Uni.createFrom().item(new Refused(Step.RESERVE, type.slug()));
  }

  private Uni<Outcome> sold(Order order) {
    return inMySql(order, Reservation.Status.CONFIRMED, new Done(order.reservationId()));
  }

  /** What Redis has decided is so once MySQL has it: whichever store is lost, it stays so. */
  private Uni<Outcome> inMySql(Order order, Reservation.Status status, Outcome done) {
    if (!ReservationIds.isHot(order.reservationId())) {
      return Uni.createFrom().item(done);
    }
    return AwaitMySql.await(
            calls.bounded(
                mysql
                    .preparedQuery("SELECT status FROM reservation WHERE sale_id = ? AND id = ?")
                    .execute(Tuple.of(order.saleId(), order.reservationId()))
                    .map(
                        rows ->
                            rows.size() > 0
                                && rows.iterator().next().getString(0).equals(status.name()))),
            FIRST_LOOK,
            LAST_LOOK,
            SETTLED_WITHIN,
            "The reservation is " + status + " and not yet so in the database.")
        .replaceWith(done);
  }

  private Uni<Outcome> cancel(Order order) {
    return stock(order, stock -> stock.cancel(order.saleId(), order.reservationId(), null))
        .chain(
            reservation ->
                reservation != null && reservation.status() == Reservation.Status.CONFIRMED
                    // By somebody else than this order.
                    ? unsell(order)
                    : Uni.createFrom().item(new Done(null)));
  }

  private Uni<Outcome> unsell(Order order) {
    String why = order.reason() == null ? UNDO_REASON : order.reason();
    return stock(
            order, stock -> stock.undo(order.saleId(), order.reservationId(), order.caller(), why))
        .chain(reservation -> unsold(order, reservation));
  }

  /** What undoing a sale came to: only units that are back are undone. */
  private Uni<Outcome> unsold(Order order, Reservation reservation) {
    if (reservation == null) {
      return Uni.createFrom()
          .item(new Refused(order.step(), ProblemType.UNKNOWN_RESERVATION.slug()));
    }
    return switch (reservation.status()) {
      case UNDONE -> inMySql(order, Reservation.Status.UNDONE, new Done(null));
      case CANCELLED, EXPIRED -> Uni.createFrom().item(new Done(null));
      // A store that came back older has forgotten the sale.
      case HELD -> cancel(order);
      case CONFIRMED, REFUSED -> Uni.createFrom().item(new Unknown("reservation-confirmed"));
    };
  }

  private Uni<Outcome> unredeem(Order order) {
    return units
        .undo(
            order.couponId(),
            new UnitRequests.Undo(order.userId(), order.id(), UNDO_REASON),
            order.caller())
        .<Outcome>map(claim -> new Done(null))
        .onFailure(e -> NOTHING_REDEEMED.contains(typeOf(e)))
        .recoverWithItem(new Done(null));
  }

  /** Gives back what is left of the charge: an operator may have given back a part. */
  private Uni<Outcome> refund(Order order) {
    return payments
        .find(order.refundId())
        .chain(
            begun ->
                begun != null
                    ? refund(order, begun.amount())
                    : payments
                        .find(order.chargeId())
                        .chain(
                            charge ->
                                charge.amount() == charge.refunded()
                                    ? Uni.createFrom().item(new Done(null))
                                    : refund(order, charge.amount() - charge.refunded())));
  }

  private Uni<Outcome> refund(Order order, long amount) {
    return payments
        .pay(
            new PaymentRequest(
                order.refundId(),
                Payment.Kind.REFUND,
                order.chargeId(),
                order.caller(),
                null,
                Digests.of(order.id()),
                null,
                amount,
                null,
                null))
        .map(
            paid -> {
              Payment refund = paid.payment();
              if (refund.state() != Payment.State.DONE) {
                return new Unknown("refund-unknown");
              }
              return refund.succeeded()
                  ? new Done(refund.id())
                  : new Refused(Step.CHARGE, refund.reason());
            });
  }

  private Uni<Reservation> stock(Order order, Function<Stock, Uni<Reservation>> question) {
    return stocks
        .of(order.saleId(), order.reservationId())
        .chain(stock -> stock == null ? Uni.createFrom().nullItem() : question.apply(stock));
  }

  private static Uni<Outcome> outcome(Order order, Uni<Outcome> attempt) {
    return attempt.onFailure().recoverWithItem(e -> outcomeOf(order, e));
  }

  /** A refusal of the request itself stays one; anything else may pass. */
  private static Outcome outcomeOf(Order order, Throwable e) {
    ProblemType type = typeOf(e);
    if (type == null) {
      if (!(e instanceof RedisException)) {
        LOG.warnf(e, "Step %s of order %s failed; retrying", order.step(), order.id());
      }
      return new Unknown(e instanceof RedisException ? "redis-unavailable" : "internal");
    }
    // Another refund came first: what is left is looked up again.
    boolean passes =
        type.status() >= 500
            || type == ProblemType.TOO_MANY_REQUESTS
            || type == ProblemType.PAYMENT_IN_PROGRESS
            || type == ProblemType.REFUND_EXCEEDS_CHARGE;
    return passes ? new Unknown(type.slug()) : new Refused(order.step(), type.slug());
  }

  private static ProblemType typeOf(Throwable e) {
    return e instanceof ProblemException known ? known.problem().type() : null;
  }
}
