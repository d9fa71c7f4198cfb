package io.firstcome.coupon;

import io.firstcome.coupon.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.ClaimResult.Issued;
import io.firstcome.coupon.ClaimResult.Refused;
import io.firstcome.http.edge.AnswerHeaders;
import io.firstcome.http.edge.CrossSite;
import io.firstcome.http.edge.HttpEdge;
import io.firstcome.http.edge.ShutdownGate;
import io.firstcome.http.identity.IdentityMechanism;
import io.firstcome.http.input.Ids;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ratelimit.RateLimits;
import io.firstcome.redis.RedisException;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/**
 * The short way of the one hot request, {@code POST /api/v1/coupons/{couponId}/claims}, past all
 * that JAX-RS must look at because a request may be anything.
 *
 * <p>It takes what is plain: no body, an id without an escape, a user who is plain to see, not from
 * a page of another origin (CORS is looked at on the long way). All else, and whatever is wrong
 * with a request, goes on to {@link ClaimResource}, which gives the same answers. What is refused
 * on that way is counted here, since the metrics of HTTP leave claims out.
 */
@Singleton
class ClaimRoute {

  private static final String END = "/claims";
  private static final String JSON = "application/json";
  // As JAX-RS writes it.
  private static final CharSequence CONTENT_TYPE =
      HttpHeaders.createOptimized("application/json;charset=UTF-8");

  /** Of a request: it became a claim, which is counted with what becomes of it. */
  private static final String IS_CLAIM = ClaimRoute.class.getName();

  private final Claims claims;
  private final IdentityMechanism identity;
  private final RateLimits limits;
  private final ShutdownGate shutdown;
  private final HttpEdge edge;
  private final ClaimJson json = new ClaimJson();

  ClaimRoute(
      Claims claims,
      IdentityMechanism identity,
      RateLimits limits,
      ShutdownGate shutdown,
      HttpEdge edge) {
    this.claims = claims;
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
    String couponId = couponId(http.path());
    String userId =
        !Ids.isCoupon(couponId)
                || hasBody(http)
                || shutdown.isClosed()
                || !acceptsJson(http)
                || CrossSite.isOfPage(http)
                || !HttpEdge.isClear(http)
            ? null
            : identity.plainUser(http);
    if (userId == null) {
      if (couponId != null && couponId.indexOf('/') < 0) {
        request.addEndHandler(end -> ended(request, couponId));
      }
      request.next();
    } else if (limits.areOn()) {
      limits.ask(
          http,
          userId,
          () -> claims.claim(couponId, new Routed(request, userId)),
          why -> {
            claims.refused(couponId, why.type());
            edge.send(request, why);
          });
    } else {
      claims.claim(couponId, new Routed(request, userId));
    }
  }

  /** This request becomes a claim. */
  static void claims(RoutingContext request) {
    request.put(IS_CLAIM, true);
  }

  private void ended(RoutingContext request, String couponId) {
    int status = request.response().getStatusCode();
    if (request.get(IS_CLAIM) == null && request.response().headWritten() && status >= 400) {
      claims.refused(
          couponId,
          status == ProblemType.SHUTTING_DOWN.status() && shutdown.isClosed()
              ? ProblemType.SHUTTING_DOWN
              : HttpEdge.typeOf(status));
    }
  }

  /** What stands where the id of a claim's coupon does; null where it is another path. */
  private static String couponId(String path) {
    if (path == null || !path.startsWith(CouponResource.PATH) || !path.endsWith(END)) {
      return null;
    }
    int from = CouponResource.PATH.length();
    int to = path.length() - END.length();
    return to > from ? path.substring(from, to) : null;
  }

  /** A request is paused here, so that even the end of none is still to come. */
  private static boolean hasBody(HttpServerRequest http) {
    if (http.isEnded()) {
      return false;
    }
    String length = http.getHeader(HttpHeaders.CONTENT_LENGTH);
    return length == null
        ? http.headers().contains(HttpHeaders.TRANSFER_ENCODING)
        : !length.equals("0");
  }

  private static boolean acceptsJson(HttpServerRequest http) {
    String accept = http.getHeader(HttpHeaders.ACCEPT);
    return accept == null || accept.equals("*/*") || accept.equals(JSON);
  }

  private final class Routed extends PendingClaim {

    private final RoutingContext request;

    Routed(RoutingContext request, String userId) {
      super(userId);
      this.request = request;
    }

    @Override
    void decided(ClaimResult result) {
      if (request.response().closed()) {
        return;
      }
      if (result instanceof Issued issued) {
        created(issued.claim());
      } else if (result instanceof AlreadyClaimed already) {
        edge.send(request, ClaimProblems.alreadyClaimed(already.claim()));
      } else {
        edge.send(request, ClaimProblems.of((Refused) result));
      }
    }

    @Override
    void failed(Throwable why) {
      if (why instanceof ProblemException || why instanceof RedisException) {
        edge.send(request, ClaimProblems.of(why));
      } else {
        request.fail(why);
      }
    }

    private void created(Claim claim) {
      HttpServerResponse response = request.response().setStatusCode(201);
      AnswerHeaders.personal(response);
      response.headers().set(HttpHeaders.CONTENT_TYPE, CONTENT_TYPE);
      response.headers().set(HttpHeaders.LOCATION, ClaimResource.location(claim));
      response.end(Buffer.buffer(Unpooled.wrappedBuffer(json.of(claim))));
    }
  }
}
