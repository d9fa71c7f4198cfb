package io.firstcome.http.problem;

import java.net.URI;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Every problem this service answers with. A client decides by {@link #uri()} (or its last part,
 * the slug), never by the text; a slug, once released, keeps its meaning and its status.
 *
 * <p>The URI is a URN: it names the problem and promises no page behind it, so it does not depend
 * on anybody owning a domain. docs/errors.md says what to do about each.
 */
public enum ProblemType {
  ALREADY_CLAIMED(
      409,
      "already-claimed",
      "Already claimed",
      "This user already holds a claim of this coupon; it is returned as 'claim'."),
  SOLD_OUT(409, "sold-out", "Sold out", "Every unit of this coupon has been issued."),
  GROUP_SOLD_OUT(
      409,
      "group-sold-out",
      "Group sold out",
      "Every unit of this coupon that users of your group may have has been issued."),
  LIMIT_REACHED(
      409,
      "limit-reached",
      "Limit reached",
      "This is more than a user may hold of this coupon, see its 'perUserLimit'. None was issued."),
  NOT_OPEN(
      409,
      "not-open",
      "Not open yet",
      "The coupon or sale opens at 'opensAt'. Compare it with 'serverTime', not with the client's"
          + " clock."),
  CLOSED(409, "closed", "Closed", "This coupon or sale is closed for good."),
  PAUSED(409, "paused", "Paused", "This coupon or sale is paused until an operator resumes it."),
  NOT_ELIGIBLE(403, "not-eligible", "Not eligible", "This user may not claim this coupon."),
  PASS_REQUIRED(
      403,
      "pass-required",
      "Pass required",
      "This needs a valid pass of the queue 'queueId', sent in X-Queue-Pass; 'reason' says what is"
          + " wrong with it. Join the queue at 'queueAt'; a user inside gets a pass there."),
  PASSES_OFF(
      409,
      "passes-off",
      "Passes are off",
      "This service has no secret to sign passes by. The operator sets firstcome.pass.secrets."),
  UNKNOWN_COUPON(404, "unknown-coupon", "Unknown coupon", "No coupon has this id."),
  NO_CLAIM(404, "no-claim", "No claim", "This user holds no claim of this coupon."),
  ALREADY_REDEEMED(
      409, "already-redeemed", "Already redeemed", "What this user holds is redeemed already."),
  NO_TICKET(
      404,
      "no-ticket",
      "No ticket",
      "This user neither waits for a unit of this coupon nor was offered one."),
  NOT_ACCEPTED(
      409,
      "not-accepted",
      "Not accepted",
      "The unit was offered to this user, who has not accepted it yet."),
  NOT_HANDED_OUT(
      409,
      "not-handed-out",
      "Not handed out",
      "The unit is this user's and is handed out in its turn. Retry when the ticket says ISSUED."),
  OFFER_LAPSED(
      409,
      "offer-lapsed",
      "Offer lapsed",
      "The unit was not accepted in time, or was declined, and went to the next user."),
  REVOKED(409, "revoked", "Revoked", "What this user held was revoked and cannot be redeemed."),
  NOT_VALID_YET(
      409,
      "not-valid-yet",
      "Not valid yet",
      "Units of this coupon are redeemed from 'validFrom' on, by the clock of Redis."),
  EXPIRED(
      409,
      "expired",
      "Expired",
      "The unit could be redeemed until 'validUntil', by the clock of Redis."),
  REDEMPTION_UNDONE(
      409,
      "redemption-undone",
      "Redemption undone",
      "The redemption for this order was undone. Redeem with another reference."),
  UNKNOWN_REDEMPTION(
      404,
      "unknown-redemption",
      "Unknown redemption",
      "This user has no unit that is redeemed for this order."),
  UNKNOWN_CODE(
      404,
      "unknown-code",
      "Unknown code",
      "No unit of this coupon that this request may redeem has this code."),
  COUPON_EXISTS(
      409,
      "coupon-exists",
      "Coupon exists",
      "A different coupon already has this id. Choose another id."),
  QUANTITY_BELOW_ISSUED(
      409,
      "quantity-below-issued",
      "Quantity below what is issued",
      "The quantity cannot be lower than the number of units already issued."),
  NO_AUDIENCE(
      409,
      "no-audience",
      "No audience",
      "This coupon was created without an audience: every user may claim it."),
  NO_DRAW(404, "no-draw", "No draw", "This coupon is no lottery, so that nobody enters it."),
  NOT_ENTERED(404, "not-entered", "Not entered", "This user has not entered this lottery."),
  WITHDRAWN(
      409,
      "withdrawn",
      "Withdrawn",
      "This user has withdrawn from this lottery and cannot enter it again."),
  NOT_OVER(
      409,
      "not-over",
      "Not over",
      "The coupon is neither closed nor past its end, or its draw is still to come. Close it"
          + " first."),
  DRAW_BEGUN(
      409,
      "draw-begun",
      "Draw begun",
      "The entries of this lottery are frozen. Nothing of it can be changed until it is drawn."),
  DRAW_NOT_FROZEN(
      409,
      "draw-not-frozen",
      "Draw not frozen",
      "The public value counts only from the moment at which the entries are frozen and their root"
          + " is published, until the draw is decided."),
  NO_POOL(404, "no-pool", "No pool", "This coupon was created without a pool of codes."),
  UNKNOWN_SERIES(404, "unknown-series", "Unknown series", "No series has this id."),
  SERIES_EXISTS(
      409,
      "series-exists",
      "Series exists",
      "A different series already has this id. Choose another id."),
  TOO_MANY_SERIES(
      409,
      "too-many-series",
      "Too many series",
      "There is the maximum number of series. Stop one."),
  NO_DROP(
      404,
      "no-drop",
      "No drop",
      "No drop of this series is open, nor made to open next. Read the series to see when one"
          + " opens."),
  UNKNOWN_DEAD_LETTER(
      404,
      "unknown-dead-letter",
      "Unknown dead letter",
      "This ledger has no dead letter with this id."),
  UNKNOWN_SALE(404, "unknown-sale", "Unknown sale", "No sale has this id."),
  SALE_EXISTS(
      409,
      "sale-exists",
      "Sale exists",
      "A different sale already has this id. Choose another id."),
  UNKNOWN_ITEM(404, "unknown-item", "Unknown item", "The sale has no item with this id."),
  ITEM_EXISTS(
      409,
      "item-exists",
      "Item exists",
      "A different item of this sale already has this id. Choose another id."),
  TOO_MANY_ITEMS(
      409, "too-many-items", "Too many items", "This sale has the maximum number of items."),
  INSUFFICIENT_STOCK(
      409,
      "insufficient-stock",
      "Insufficient stock",
      "Fewer units are available than were requested."),
  TOO_MANY_HOLDS(
      409,
      "too-many-holds",
      "Too many holds",
      "This user holds the maximum number of reservations of this sale. Confirm or cancel one, or"
          + " wait until one expires."),
  MIXED_STRATEGIES(
      422,
      "mixed-strategies",
      "Mixed strategies",
      "These items cannot be reserved in one request. Send one request per strategy."),
  IDEMPOTENCY_MISMATCH(
      422,
      "idempotency-mismatch",
      "Idempotency mismatch",
      "This Idempotency-Key was used for a different request. Use a new key for each request."),
  UNKNOWN_RESERVATION(
      404,
      "unknown-reservation",
      "Unknown reservation",
      "No reservation of this sale has this id."),
  RESERVATION_EXPIRED(
      409,
      "reservation-expired",
      "Reservation expired",
      "The reservation was not confirmed in time and its units were released. Make a new"
          + " reservation."),
  RESERVATION_CANCELLED(
      409,
      "reservation-cancelled",
      "Reservation cancelled",
      "The reservation was cancelled and its units were released. Make a new reservation."),
  RESERVATION_CONFIRMED(
      409,
      "reservation-confirmed",
      "Reservation confirmed",
      "The reservation is confirmed: its units are sold and cannot be released."),
  RESERVATION_UNDONE(
      409,
      "reservation-undone",
      "Reservation undone",
      "The confirmation of the reservation was undone and its units were released. Make a new"
          + " reservation."),
  RESERVATION_HELD(
      409,
      "reservation-held",
      "Reservation held",
      "The reservation is held and was never confirmed. Cancel it instead."),
  UNKNOWN_EVENT(404, "unknown-event", "Unknown event", "No event has this id."),
  UNKNOWN_QUEUE(404, "unknown-queue", "Unknown queue", "No queue has this id."),
  QUEUE_EXISTS(
      409,
      "queue-exists",
      "Queue exists",
      "A different queue already has this id. Choose another id."),
  TOO_MANY_QUEUES(
      409, "too-many-queues", "Too many queues", "This event has the maximum number of queues."),
  QUEUE_NOT_OPEN(
      409,
      "queue-not-open",
      "Queue not open",
      "The queue does not do this in its 'queueStatus'. Retry when an operator has changed it; a"
          + " closed queue stays closed."),
  QUEUE_FULL(
      409, "queue-full", "Queue full", "The queue has the maximum number of users. Try later."),
  TOO_MANY_ENTRIES(
      409,
      "too-many-entries",
      "Too many entries",
      "This user is in the maximum number of queues of the event, listed in 'entries'. Leave one"
          + " before joining another."),
  NO_ENTRY(404, "no-entry", "No entry", "This user has no such entry in this queue."),
  ENTRY_STATE(
      409,
      "entry-state",
      "Entry state",
      "The entry, returned as 'entry', is in a state that does not permit this."),
  CAPACITY_BELOW_OCCUPIED(
      409,
      "capacity-below-occupied",
      "Capacity below occupied",
      "The capacity cannot be lower than the number of users called and inside."),
  PAYMENT_DECLINED(
      402,
      "payment-declined",
      "Payment declined",
      "The money was not taken; 'payment' says why. Use a new key for another attempt."),
  PAYMENT_IN_PROGRESS(
      409,
      "payment-in-progress",
      "Payment in progress",
      "This payment is being processed. Repeat the request with the same key to learn its"
          + " outcome."),
  UNKNOWN_PAYMENT(404, "unknown-payment", "Unknown payment", "No payment has this id."),
  REFUND_EXCEEDS_CHARGE(
      409,
      "refund-exceeds-charge",
      "Refund exceeds the charge",
      "Less than this was taken and is not given back yet. Read the payment."),
  UNKNOWN_ORDER(404, "unknown-order", "Unknown order", "No order has this id."),
  UNPRICED_ITEM(
      409,
      "unpriced-item",
      "Item without a price",
      "The item 'itemId' has no price and cannot be ordered."),
  DISCOUNT_NOT_APPLICABLE(
      409,
      "discount-not-applicable",
      "Discount not applicable",
      "The coupon's 'discount' is for orders of another currency, or that cost more. Nothing was"
          + " taken."),
  TOTAL_MISMATCH(
      422,
      "total-mismatch",
      "Total mismatch",
      "The order costs 'total' in 'currency', not what the request says. Nothing was taken. Show"
          + " it to the user, then repeat the request with these or without any."),
  ORDER_CANCELLED(
      409,
      "order-cancelled",
      "Order cancelled",
      "The order was cancelled and everything was given back; 'order' says why. Use a new key for"
          + " another attempt."),
  ORDER_CONFIRMED(
      409,
      "order-confirmed",
      "Order confirmed",
      "The order, returned as 'order', is confirmed and cannot be cancelled. It can be refunded."),
  ORDER_NOT_CONFIRMED(
      409,
      "order-not-confirmed",
      "Order not confirmed",
      "The order, returned as 'order', is not confirmed, so there is nothing to refund."),
  ORDER_NOT_BLOCKED(
      409,
      "order-not-blocked",
      "Order not blocked",
      "The order goes on by itself, or has ended. There is nothing to settle."),
  UNKNOWN_WALLET(404, "unknown-wallet", "Unknown wallet", "This user has no wallet."),
  OTHER_CURRENCY(
      409,
      "other-currency",
      "Other currency",
      "The wallet has another currency; it is returned as 'currency'."),

  LOCKED(
      409,
      "locked",
      "Locked",
      "Somebody else holds this lock, or all of its permits, and kept it for 'waitSeconds'. Try"
          + " again later."),
  LOCK_LOST(
      409,
      "lock-lost",
      "Lock lost",
      "This token does not hold the lock: its lease ended, or it was released. Stop the work that"
          + " the lock was for."),
  TOO_MANY_LOCKS(
      409,
      "too-many-locks",
      "Too many locks",
      "The maximum number of locks is held. Release one, or wait until a lease ends."),

  MALFORMED(
      400,
      "malformed",
      "Malformed request",
      "The request is invalid. Correct it before sending it again."),
  UNAUTHENTICATED(401, "unauthenticated", "Unauthenticated", "Valid credentials are required."),
  FORBIDDEN(403, "forbidden", "Forbidden", "These credentials do not permit this request."),
  CROSS_SITE(
      403,
      "cross-site",
      "Cross-site request",
      "A page of another origin sent this request. The operator can allow its origin (CORS)."),
  NOT_FOUND(404, "not-found", "Not found", "This path does not exist."),
  METHOD_NOT_ALLOWED(
      405, "method-not-allowed", "Method not allowed", "This path does not support this method."),
  NOT_IMPLEMENTED(
      501,
      "not-implemented",
      "Not implemented",
      "This service does not implement this HTTP method."),
  NOT_ACCEPTABLE(
      406, "not-acceptable", "Not acceptable", "No media type listed in 'Accept' can be returned."),
  REQUEST_TIMEOUT(
      408,
      "request-timeout",
      "Request timeout",
      "The request body did not arrive in time and nothing was changed. Send the request again."),
  PAYLOAD_TOO_LARGE(
      413,
      "payload-too-large",
      "Payload too large",
      "The request body is larger than the service accepts."),
  UNSUPPORTED_MEDIA_TYPE(
      415,
      "unsupported-media-type",
      "Unsupported media type",
      "Send the body as 'application/json'."),

  TOO_MANY_REQUESTS(
      429,
      "too-many-requests",
      "Too many requests",
      "Too many requests from this user or address. Retry after 'Retry-After' seconds."),
  TOO_MANY_RESERVATIONS(
      429,
      "too-many-reservations",
      "Too many reservations",
      "This user has made the maximum number of reservations of this sale in 24 hours."),
  OVERLOADED(
      503,
      "overloaded",
      "Overloaded",
      "The service is at its capacity and nothing was changed. Retry after 'Retry-After' seconds."),
  REDIS_UNAVAILABLE(
      503,
      "redis-unavailable",
      "Redis unavailable",
      "Redis is unavailable and nothing was changed. Retry after 'Retry-After' seconds."),
  REDIS_FULL(
      503,
      "redis-full",
      "Redis is nearly full",
      "The remaining memory of Redis is reserved for claims, and nothing was changed. Retry after"
          + " 'Retry-After' seconds."),
  DATABASE_UNAVAILABLE(
      503,
      "database-unavailable",
      "Database unavailable",
      "The database is unavailable. Retry after 'Retry-After' seconds."),
  ISSUER_UNAVAILABLE(
      503,
      "issuer-unavailable",
      "Issuer unavailable",
      "The keys of the token's issuer cannot be fetched, and nothing was changed. Retry after"
          + " 'Retry-After' seconds."),
  LOADING(
      503,
      "loading",
      "Loading",
      "The coupon, sale or queue is being loaded into Redis. Retry after 'Retry-After' seconds."),
  RECOVERING(
      503,
      "recovering",
      "Recovering",
      "Redis was restarted or failed over; its state is being verified against the"
          + " database. Retry after 'Retry-After' seconds."),
  LEFTOVERS_MOVING(
      503,
      "leftovers-moving",
      "Leftovers moving",
      "Units are being moved from other shards and nothing was decided. Retry after"
          + " 'Retry-After' seconds."),
  CONTENDED(
      503,
      "contended",
      "Contended",
      "The request conflicts with concurrent changes, and nothing was changed. Retry after"
          + " 'Retry-After' seconds."),
  NOT_SECURED(
      503,
      "not-secured",
      "Not secured",
      "The request was processed but is not yet durable at the configured level. Retry"
          + " after 'Retry-After' seconds to get the result."),
  LEDGER_FULL(
      503,
      "ledger-full",
      "Ledger full",
      "Too many decisions are waiting to be written to the database, and nothing was"
          + " changed. Retry after 'Retry-After' seconds."),
  LEDGER_BEHIND(
      503,
      "ledger-behind",
      "Ledger behind",
      "The database must record earlier claims before more are issued, and nothing was"
          + " changed. Retry after 'Retry-After' seconds."),
  CODES_UNAVAILABLE(
      503,
      "codes-unavailable",
      "Codes unavailable",
      "The request was processed, but the codes of the units cannot be read now. Repeat it after"
          + " 'Retry-After' seconds to get them."),
  SHUTTING_DOWN(
      503,
      "shutting-down",
      "Shutting down",
      "This replica is shutting down and did not process the request. Retry to reach"
          + " another replica."),
  UNKNOWN_OUTCOME(
      503,
      "unknown-outcome",
      "Unknown outcome",
      "The request was sent, but its result did not arrive. Retry to learn the result."),
  INTERNAL(
      500,
      "internal",
      "Internal error",
      "An unexpected error occurred. The log has the cause under 'errorId'.");

  private static final String PREFIX = "urn:firstcome:problem:";

  private static final Set<ProblemType> OF_ANY_REQUEST =
      EnumSet.of(
          MALFORMED,
          UNAUTHENTICATED,
          FORBIDDEN,
          CROSS_SITE,
          NOT_FOUND,
          METHOD_NOT_ALLOWED,
          NOT_ACCEPTABLE,
          REQUEST_TIMEOUT,
          PAYLOAD_TOO_LARGE,
          UNSUPPORTED_MEDIA_TYPE,
          TOO_MANY_REQUESTS);

  static {
    for (ProblemType type : values()) {
      if (type.status >= 500 && type != NOT_IMPLEMENTED) {
        OF_ANY_REQUEST.add(type);
      }
    }
  }

  private final int status;
  private final String slug;
  private final URI uri;
  private final String title;
  private final String detail;

  ProblemType(int status, String slug, String title, String detail) {
    this.status = status;
    this.slug = slug;
    this.uri = URI.create(PREFIX + slug);
    this.title = title;
    this.detail = detail;
  }

  /**
   * The problems that any request of a user may have, and these: the outcomes that are counted by
   * name. The service's own errors (5xx) are always among them.
   */
  public static Set<ProblemType> outcomes(ProblemType... own) {
    Set<ProblemType> outcomes = EnumSet.copyOf(OF_ANY_REQUEST);
    outcomes.addAll(List.of(own));
    return outcomes;
  }

  /** The HTTP status this problem always has. */
  public int status() {
    return status;
  }

  /** The last part of the URI; also fit for a metric's label. */
  public String slug() {
    return slug;
  }

  /** {@code urn:firstcome:problem:<slug>}. */
  public URI uri() {
    return uri;
  }

  /** The same for every occurrence, in English. */
  public String title() {
    return title;
  }

  /** What to do about it, where the occurrence says nothing of its own. */
  public String detail() {
    return detail;
  }

  /** Whether waiting may help whoever does nothing else: such answers carry Retry-After. */
  public boolean isRetryable() {
    return status == 503 || status == 429;
  }
}
