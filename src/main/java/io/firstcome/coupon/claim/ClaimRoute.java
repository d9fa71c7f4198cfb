package io.firstcome.coupon.claim;

import io.firstcome.coupon.definition.CouponResource;
import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.model.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.model.ClaimResult.Entered;
import io.firstcome.coupon.model.ClaimResult.Issued;
import io.firstcome.coupon.model.ClaimResult.Refused;
import io.firstcome.coupon.model.ClaimResult.Waiting;
import io.firstcome.coupon.model.LotteryEntry;
import io.firstcome.decision.FastPath;
import io.firstcome.http.edge.HttpEdge;
import io.firstcome.http.edge.ShutdownGate;
import io.firstcome.http.identity.Caller;
import io.firstcome.http.identity.IdentityMechanism;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ratelimit.RateLimits;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.util.Map;

/**
 * The fast path of {@code POST /api/v1/coupons/{couponId}/claims}, which has neither body nor
 * query.
 */
@Singleton
class ClaimRoute extends FastPath {

  private final Claims claims;
  private final ClaimJson json = new ClaimJson();

  ClaimRoute(
      Claims claims,
      IdentityMechanism identity,
      RateLimits limits,
      ShutdownGate shutdown,
      HttpEdge edge) {
    super(identity, limits, shutdown, edge);
    this.claims = claims;
  }

  @Override
  public String before() {
    return CouponResource.PATH;
  }

  @Override
  public String after() {
    return "/claims";
  }

  /** The request is paused, so it has not ended even if there is no body. */
  @Override
  protected boolean hasPlainBody(HttpServerRequest http) {
    if (http.isEnded()) {
      return true;
    }
    String length = http.getHeader(HttpHeaders.CONTENT_LENGTH);
    return length == null
        ? !http.headers().contains(HttpHeaders.TRANSFER_ENCODING)
        : length.equals("0");
  }

  @Override
  protected boolean take(RoutingContext request, String couponId, Caller caller) {
    if (request.request().uri().indexOf('?') >= 0) {
      return false;
    }
    limited(new RoutedClaim(request, couponId, caller));
    return true;
  }

  @Override
  protected void refused(String couponId, ProblemType why) {
    claims.refused(couponId, why);
  }

  private final class RoutedClaim extends Routed<ClaimResult> {

    private final Caller caller;

    RoutedClaim(RoutingContext request, String couponId, Caller caller) {
      super(request, couponId, caller.getName());
      this.caller = caller;
    }

    @Override
    protected void decide() {
      claims.claim(id(), this);
    }

    @Override
    public Map<String, Object> attributes() {
      return caller.attributes();
    }

    @Override
    protected void send(HttpServerResponse response, ClaimResult result) {
      if (result instanceof Issued issued) {
        created(response, ClaimResource.location(issued.claim()), json.of(issued.claim()));
      } else if (result instanceof Entered entered) {
        LotteryEntry entry = entered.entry();
        accepted(
            response,
            ClaimResource.location(entry.couponId(), "/entries/", entry.userId()),
            json.of(entry));
      } else if (result instanceof AlreadyClaimed already) {
        send(ClaimProblems.alreadyClaimed(already.claim()));
      } else if (result instanceof Waiting waiting) {
        accepted(response, ClaimResource.location(waiting.ticket()), json.of(waiting.ticket()));
      } else {
        send(ClaimProblems.of((Refused) result));
      }
    }
  }
}
