package io.firstcome.stock.reservation;

import io.firstcome.decision.FastPath;
import io.firstcome.http.edge.HttpEdge;
import io.firstcome.http.edge.ShutdownGate;
import io.firstcome.http.identity.Caller;
import io.firstcome.http.identity.IdentityMechanism;
import io.firstcome.http.input.IdempotencyKey;
import io.firstcome.http.input.Ids;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ratelimit.RateLimits;
import io.firstcome.stock.metrics.StockMetrics;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.ReservationRequest;
import io.firstcome.stock.model.StockConfig;
import io.firstcome.stock.sale.SaleResource;
import io.firstcome.stock.sale.StockRegistry;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.impl.RoutingContextInternal;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.regex.Pattern;

/** The fast path of {@code POST …/reservations}: a small body and one idempotency key. */
@Singleton
class ReservationRoute extends FastPath {

  private static final String JSON_UTF_8 = "application/json; charset=utf-8";

  private static final Pattern SMALL = Pattern.compile("[1-9][0-9]{0,3}");

  private static final int MAX_BODY_BYTES = 8_192;

  private final StockRegistry stocks;
  private final StockMetrics metrics;
  private final StockConfig config;
  private final HttpEdge edge;

  ReservationRoute(
      StockRegistry stocks,
      StockMetrics metrics,
      StockConfig config,
      IdentityMechanism identity,
      RateLimits limits,
      ShutdownGate shutdown,
      HttpEdge edge) {
    super(identity, limits, shutdown, edge);
    this.stocks = stocks;
    this.metrics = metrics;
    this.config = config;
    this.edge = edge;
  }

  @Override
  public String before() {
    return SaleResource.PATH;
  }

  @Override
  public String after() {
    return "/reservations";
  }

  @Override
  protected boolean hasPlainBody(HttpServerRequest http) {
    String length = http.getHeader(HttpHeaders.CONTENT_LENGTH);
    String type = http.getHeader(HttpHeaders.CONTENT_TYPE);
    return length != null
        && SMALL.matcher(length).matches()
        && Integer.parseInt(length) <= MAX_BODY_BYTES
        && !http.isEnded()
        && !http.headers().contains(HttpHeaders.EXPECT)
        && (JSON.equals(type) || JSON_UTF_8.equalsIgnoreCase(type));
  }

  @Override
  protected boolean take(RoutingContext request, String saleId, Caller caller) {
    HttpServerRequest http = request.request();
    String key = key(http);
    if (key == null) {
      return false;
    }
    Future<Buffer> body =
        http.body()
            .onComplete(
                read -> {
                  if (read.failed()) {
                    // Nobody is there to answer.
                    request.fail(read.cause());
                  } else if (!request.response().ended()) {
                    reserve(request, saleId, caller.getName(), key, read.result());
                  }
                });
    http.resume();
    // What comes with the head is there by then, and needs no timer.
    request
        .vertx()
        .runOnContext(
            soon -> {
              if (!body.isComplete()) {
                countRefusal(request, saleId, () -> !body.succeeded());
                Runnable end = edge.expectInTime(request);
                body.onComplete(read -> end.run());
              }
            });
    return true;
  }

  private static String key(HttpServerRequest http) {
    List<String> keys = http.headers().getAll(IdempotencyKey.HEADER);
    return keys.size() == 1 && Ids.isKey(keys.get(0)) ? keys.get(0) : null;
  }

  private void reserve(
      RoutingContext request, String saleId, String userId, String key, Buffer body) {
    NewReservation asked = ReservationJson.read(body.getBytes());
    if (asked == null) {
      // It is read, and there as a whole when the resource asks for it.
      ((RoutingContextInternal) request).setBody(body);
      fallBack(request, saleId);
      return;
    }
    ReservationRequest order;
    try {
      order = asked.order(saleId, userId, key, config);
    } catch (ProblemException e) {
      refuse(request, saleId, e.problem());
      return;
    }
    limited(new RoutedReservation(request, order));
  }

  @Override
  protected void refused(String saleId, ProblemType why) {
    metrics.refused(why);
  }

  private final class RoutedReservation extends Routed<Reservation> {

    private final ReservationRequest order;

    RoutedReservation(RoutingContext request, ReservationRequest order) {
      super(request, order.saleId(), order.userId());
      this.order = order;
    }

    @Override
    protected void decide() {
      stocks.reserve(order, this);
    }

    @Override
    protected void send(HttpServerResponse response, Reservation reservation) {
      if (reservation.replayed()) {
        response.putHeader(IdempotencyKey.REPLAYED, "true");
      }
      if (reservation.status() == Reservation.Status.REFUSED) {
        send(reservation.refusal());
      } else {
        created(
            response, ReservationResource.location(reservation), ReservationJson.of(reservation));
      }
    }
  }
}
