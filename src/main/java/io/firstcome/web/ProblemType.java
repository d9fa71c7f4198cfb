package io.firstcome.web;

import java.net.URI;

/**
 * Every problem this service answers with. A client decides by {@link #uri()} (or its last part,
 * the slug), never by the text; a slug, once released, keeps its meaning and its status.
 *
 * <p>The URI is a URN: it names the problem and promises no page behind it, so it does not depend
 * on anybody owning a domain. docs/errors.md says what to do about each.
 */
public enum ProblemType {
  ALREADY_CLAIMED(
      409, "already-claimed", "Already claimed", "This user holds the claim given under 'claim'."),
  SOLD_OUT(409, "sold-out", "Sold out", "Every unit of this coupon has been issued."),
  NOT_OPEN(
      409, "not-open", "Not open yet", "Ask again at 'opensAt', by the clock of 'serverTime'."),
  CLOSED(409, "closed", "Closed", "This coupon takes no more claims."),
  PAUSED(409, "paused", "Paused", "This coupon takes no claims until it is resumed."),
  NOT_ELIGIBLE(
      403, "not-eligible", "Not eligible", "This user does not belong to the coupon's audience."),
  UNKNOWN_COUPON(404, "unknown-coupon", "Unknown coupon", "There is no coupon of this id."),
  NO_CLAIM(404, "no-claim", "No claim", "This user holds no claim of this coupon."),
  COUPON_EXISTS(
      409, "coupon-exists", "Coupon exists", "Another coupon has this id already: choose another."),
  QUANTITY_BELOW_ISSUED(
      409,
      "quantity-below-issued",
      "Quantity below what is issued",
      "The quantity cannot be less than what has been issued."),
  NO_AUDIENCE(
      409,
      "no-audience",
      "No audience",
      "This coupon was created without an audience: all may claim."),
  UNKNOWN_DEAD_LETTER(
      404, "unknown-dead-letter", "Unknown dead letter", "There is no dead letter of this id."),
  UNKNOWN_SALE(404, "unknown-sale", "Unknown sale", "There is no sale of this id."),
  SALE_EXISTS(
      409, "sale-exists", "Sale exists", "Another sale has this id already: choose another."),
  UNKNOWN_ITEM(404, "unknown-item", "Unknown item", "The sale has no item of this id."),
  ITEM_EXISTS(
      409,
      "item-exists",
      "Item exists",
      "Another item of the sale has this id already: choose another."),
  TOO_MANY_ITEMS(409, "too-many-items", "Too many items", "The sale takes no more items."),
  INSUFFICIENT_STOCK(
      409, "insufficient-stock", "Insufficient stock", "Less is available than is asked for."),
  MIXED_STRATEGIES(
      422,
      "mixed-strategies",
      "Mixed strategies",
      "These items are not decided in one place: reserve those of each strategy by themselves."),
  IDEMPOTENCY_MISMATCH(
      422,
      "idempotency-mismatch",
      "Idempotency mismatch",
      "This Idempotency-Key was used for another request: use a new one for each."),
  UNKNOWN_RESERVATION(
      404, "unknown-reservation", "Unknown reservation", "There is no reservation of this id."),
  RESERVATION_EXPIRED(
      409,
      "reservation-expired",
      "Reservation expired",
      "It was not confirmed in time and its units are back: reserve anew."),
  RESERVATION_CANCELLED(
      409,
      "reservation-cancelled",
      "Reservation cancelled",
      "It was given up and its units are back: reserve anew."),
  RESERVATION_CONFIRMED(
      409, "reservation-confirmed", "Reservation confirmed", "Its units are sold."),

  MALFORMED(
      400,
      "malformed",
      "Malformed request",
      "The request breaks a rule: correct it, then ask again."),
  UNAUTHENTICATED(
      401,
      "unauthenticated",
      "Unauthenticated",
      "Valid credentials are needed and were not given."),
  FORBIDDEN(403, "forbidden", "Forbidden", "These credentials do not allow this request."),
  NOT_FOUND(404, "not-found", "Not found", "Nothing is served at this path."),
  METHOD_NOT_ALLOWED(
      405, "method-not-allowed", "Method not allowed", "This path does not take this method."),
  NOT_ACCEPTABLE(
      406, "not-acceptable", "Not acceptable", "The answer cannot be given in a type of 'Accept'."),
  REQUEST_TIMEOUT(
      408,
      "request-timeout",
      "Request timeout",
      "The body did not come in time and nothing was done: ask again."),
  PAYLOAD_TOO_LARGE(
      413, "payload-too-large", "Payload too large", "The body is larger than this service reads."),
  UNSUPPORTED_MEDIA_TYPE(
      415,
      "unsupported-media-type",
      "Unsupported media type",
      "Send the body as 'application/json'."),

  TOO_MANY_REQUESTS(
      429, "too-many-requests", "Too many requests", "Ask again after 'Retry-After' seconds."),
  OVERLOADED(
      503,
      "overloaded",
      "Overloaded",
      "More is asked than can be served and nothing was done: ask again after 'Retry-After' seconds."),
  REDIS_UNAVAILABLE(
      503,
      "redis-unavailable",
      "Redis unavailable",
      "No decision can be made now: ask again after 'Retry-After' seconds."),
  DATABASE_UNAVAILABLE(
      503,
      "database-unavailable",
      "Database unavailable",
      "The history cannot be asked now: ask again after 'Retry-After' seconds."),
  LOADING(
      503,
      "loading",
      "Loading",
      "The state is being loaded: ask again after 'Retry-After' seconds."),
  RECOVERING(
      503,
      "recovering",
      "Recovering",
      "Redis is not the one it was, and what it holds is being verified: ask again after"
          + " 'Retry-After' seconds."),
  LEFTOVERS_MOVING(
      503,
      "leftovers-moving",
      "Leftovers moving",
      "Units of other shards are on their way and nothing was decided: ask again after"
          + " 'Retry-After' seconds."),
  CONTENDED(
      503,
      "contended",
      "Contended",
      "Others hold what this needs and nothing was done: ask again after 'Retry-After' seconds."),
  NOT_SECURED(
      503,
      "not-secured",
      "Not secured",
      "It was decided and is not yet as safe as was ordered: ask again, which tells."),
  LEDGER_FULL(
      503,
      "ledger-full",
      "Ledger full",
      "Too much waits to be written and nothing was done: ask again after 'Retry-After' seconds."),
  LEDGER_BEHIND(
      503,
      "ledger-behind",
      "Ledger behind",
      "So much was issued that must be written first, and nothing was done: ask again after"
          + " 'Retry-After' seconds."),
  SHUTTING_DOWN(
      503,
      "shutting-down",
      "Shutting down",
      "This replica takes no more requests and did nothing: ask again, another one answers."),
  UNKNOWN_OUTCOME(
      503,
      "unknown-outcome",
      "Unknown outcome",
      "The reply was lost after the request was sent on: ask again, the answer tells what happened."),
  INTERNAL(
      500,
      "internal",
      "Internal error",
      "Something unexpected failed; it is logged under 'errorId'.");

  private static final String PREFIX = "urn:firstcome:problem:";

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
