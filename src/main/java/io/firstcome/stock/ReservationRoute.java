package io.firstcome.stock;

import io.firstcome.http.edge.AnswerHeaders;
import io.firstcome.http.edge.CrossSite;
import io.firstcome.http.edge.HttpEdge;
import io.firstcome.http.edge.ShutdownGate;
import io.firstcome.http.identity.IdentityMechanism;
import io.firstcome.http.input.Ids;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ratelimit.RateLimits;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.RedisProblems;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.impl.RoutingContextInternal;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The short way of the hot request of this room, {@code POST …/reservations}, past all that JAX-RS
 * must look at because a request may be anything; see the short way of claims.
 *
 * <p>It takes what is plain: a small body, one key, a user who is plain to see, not from a page of
 * another origin. All else goes on to {@link ReservationResource}, which gives the same answers.
 * What is refused before it is an order is counted here, whichever way it went.
 */
@Singleton
class ReservationRoute {

  private static final String END = "/reservations";

  /** Of a request: what became of it is counted. */
  private static final String IS_COUNTED = ReservationRoute.class.getName();

  private static final String JSON = "application/json";
  private static final String JSON_UTF_8 = "application/json; charset=utf-8";
  // As JAX-RS writes it.
  private static final CharSequence CONTENT_TYPE =
      HttpHeaders.createOptimized("application/json;charset=UTF-8");

  private static final Pattern SMALL = Pattern.compile("[1-9][0-9]{0,3}");

  /** A longer one is worth the long way. */
  private static final int MAX_BODY_BYTES = 8_192;

  private final Stocks stocks;
  private final StockMetrics metrics;
  private final StockConfig config;
  private final IdentityMechanism identity;
  private final RateLimits limits;
  private final ShutdownGate shutdown;
  private final HttpEdge edge;

  ReservationRoute(
      Stocks stocks,
      StockMetrics metrics,
      StockConfig config,
      IdentityMechanism identity,
      RateLimits limits,
      ShutdownGate shutdown,
      HttpEdge edge) {
    this.stocks = stocks;
    this.metrics = metrics;
    this.config = config;
    this.identity = identity;
    this.limits = limits;
    this.shutdown = shutdown;
    this.edge = edge;
  }

  void route(@Observes Router router) {
    router.post().order(Integer.MIN_VALUE).handler(this::handle);
  }

  private void handle(RoutingContext request) {
    HttpServerRequest http = request.request();
    String saleId = saleId(http.path());
    String userId =
        !Ids.isCoupon(saleId)
                || !hasSmallBody(http)
                || shutdown.isClosed()
                || !isJson(http)
                || CrossSite.isOfPage(http)
                || !HttpEdge.isClear(http)
            ? null
            : identity.plainUser(http);
    String key = userId == null ? null : key(http);
    if (key == null) {
      if (saleId != null && saleId.indexOf('/') < 0) {
        request.addEndHandler(end -> ended(request));
      }
      request.next();
      return;
    }
    Future<Buffer> body =
        http.body()
            .onComplete(
                read -> {
                  if (read.failed()) {
                    // Nobody is there to answer.
                    request.fail(read.cause());
                  } else if (!request.response().ended()) {
                    reserve(request, saleId, userId, key, read.result());
                  }
                });
    http.resume();
    // What comes with the head is there by then, and needs no timer.
    request
        .vertx()
        .runOnContext(
            soon -> {
              if (!body.isComplete()) {
                request.addEndHandler(end -> ended(request));
                Runnable end = edge.expectInTime(request);
                body.onComplete(read -> end.run());
              }
            });
  }

  /** What stands where the id of a sale does; null where it is another path. */
  private static String saleId(String path) {
    if (path == null || !path.startsWith(SaleResource.PATH) || !path.endsWith(END)) {
      return null;
    }
    int from = SaleResource.PATH.length();
    int to = path.length() - END.length();
    return to > from ? path.substring(from, to) : null;
  }

  /** This request becomes an order, which is counted with what becomes of it. */
  static void reserves(RoutingContext request) {
    request.put(IS_COUNTED, true);
  }

  private void ended(RoutingContext request) {
    int status = request.response().getStatusCode();
    if (request.get(IS_COUNTED) == null && request.response().headWritten() && status >= 400) {
      request.put(IS_COUNTED, true);
      metrics.refused(
          status == ProblemType.SHUTTING_DOWN.status() && shutdown.isClosed()
              ? ProblemType.SHUTTING_DOWN
              : HttpEdge.typeOf(status));
    }
  }

  private void refuse(RoutingContext request, Problem why) {
    request.put(IS_COUNTED, true);
    metrics.refused(why.type());
    edge.send(request, why);
  }

  private static boolean hasSmallBody(HttpServerRequest http) {
    String length = http.getHeader(HttpHeaders.CONTENT_LENGTH);
    return length != null
        && SMALL.matcher(length).matches()
        && Integer.parseInt(length) <= MAX_BODY_BYTES
        && !http.isEnded()
        && !http.headers().contains(HttpHeaders.EXPECT);
  }

  private static boolean isJson(HttpServerRequest http) {
    String accept = http.getHeader(HttpHeaders.ACCEPT);
    String type = http.getHeader(HttpHeaders.CONTENT_TYPE);
    return (JSON.equals(type) || JSON_UTF_8.equalsIgnoreCase(type))
        && (accept == null || accept.equals("*/*") || accept.equals(JSON));
  }

  private static String key(HttpServerRequest http) {
    List<String> keys = http.headers().getAll(StockRequests.IDEMPOTENCY_KEY);
    return keys.size() == 1 && Ids.isKey(keys.get(0)) ? keys.get(0) : null;
  }

  private void reserve(
      RoutingContext request, String saleId, String userId, String key, Buffer body) {
    NewReservation asked = ReservationJson.read(body.getBytes());
    if (asked == null) {
      // It is read, and there as a whole when the resource asks for it.
      ((RoutingContextInternal) request).setBody(body);
      request.addEndHandler(end -> ended(request));
      request.next();
      return;
    }
    Order order;
    try {
      order = asked.order(saleId, userId, key, config);
    } catch (ProblemException e) {
      refuse(request, e.problem());
      return;
    }
    if (limits.areOn()) {
      limits.ask(
          request.request(), userId, () -> reserve(request, order), why -> refuse(request, why));
    } else {
      reserve(request, order);
    }
  }

  private void reserve(RoutingContext request, Order order) {
    reserves(request);
    try {
      stocks
          .reserve(order)
          .subscribe()
          .with(reservation -> decided(request, reservation), why -> failed(request, why));
    } catch (ProblemException e) {
      edge.send(request, e.problem());
    }
  }

  private void decided(RoutingContext request, Reservation reservation) {
    if (request.response().closed()) {
      return;
    }
    if (reservation.replayed()) {
      request.response().putHeader(StockRequests.IDEMPOTENT_REPLAYED, "true");
    }
    if (reservation.status() == Reservation.Status.REFUSED) {
      edge.send(request, ReservationResource.refused(reservation));
      return;
    }
    HttpServerResponse response = request.response().setStatusCode(201);
    AnswerHeaders.personal(response);
    response.headers().set(HttpHeaders.CONTENT_TYPE, CONTENT_TYPE);
    response.headers().set(HttpHeaders.LOCATION, ReservationResource.location(reservation));
    response.end(Buffer.buffer(Unpooled.wrappedBuffer(ReservationJson.of(reservation))));
  }

  private void failed(RoutingContext request, Throwable why) {
    if (why instanceof ProblemException known) {
      edge.send(request, known.problem());
    } else if (why instanceof RedisException redis) {
      edge.send(request, RedisProblems.of(redis));
    } else {
      request.fail(why);
    }
  }
}
