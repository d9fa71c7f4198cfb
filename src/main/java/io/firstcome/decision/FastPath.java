package io.firstcome.decision;

import io.firstcome.http.edge.AnswerHeaders;
import io.firstcome.http.edge.CrossSite;
import io.firstcome.http.edge.HttpEdge;
import io.firstcome.http.edge.ShutdownGate;
import io.firstcome.http.identity.Caller;
import io.firstcome.http.identity.IdentityMechanism;
import io.firstcome.http.input.Ids;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.pass.Passes;
import io.firstcome.ratelimit.RateLimits;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.RedisProblems;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.function.BooleanSupplier;

/**
 * Handles plain requests without JAX-RS, whose generality costs more than a claim does.
 *
 * <p>A request is plain if its id has no escapes, its user is known without asynchronous work, it
 * does not come from a page of another origin, and its body is one that the aggregate accepts here.
 * All other requests, including all invalid ones, fall back to the resource of the same path, which
 * gives the same responses.
 *
 * <p>The HTTP metrics leave these paths out, so requests that are rejected before their decision
 * are counted here, on either path.
 */
public abstract class FastPath implements HotHandler {

  protected static final String JSON = "application/json";

  // As JAX-RS writes it.
  private static final CharSequence CONTENT_TYPE =
      HttpHeaders.createOptimized("application/json;charset=UTF-8");

  /** Attribute of a request whose outcome is counted. */
  private static final String IS_COUNTED = FastPath.class.getName();

  private final IdentityMechanism identity;
  private final RateLimits limits;
  private final ShutdownGate shutdown;
  private final HttpEdge edge;

  protected FastPath(
      IdentityMechanism identity, RateLimits limits, ShutdownGate shutdown, HttpEdge edge) {
    this.identity = identity;
    this.limits = limits;
    this.shutdown = shutdown;
    this.edge = edge;
  }

  /** Whether the body, by its headers, is one that is accepted here. */
  protected abstract boolean hasPlainBody(HttpServerRequest http);

  /** Handles a request; false if it is not plain after all. */
  protected abstract boolean take(RoutingContext request, String id, Caller caller);

  /** Counts a request that was rejected before its decision; the id may not exist. */
  protected abstract void refused(String id, ProblemType why);

  @Override
  public final void handle(RoutingContext request, String id) {
    HttpServerRequest http = request.request();
    Caller caller =
        !Ids.isResourceId(id)
                || !hasPlainBody(http)
                || shutdown.isClosed()
                || !acceptsJson(http)
                || CrossSite.isOfPage(http)
                || !HttpEdge.isClear(http)
            ? null
            : identity.plainCaller(http);
    if (caller == null || !take(request, id, caller)) {
      fallBack(request, id);
    }
  }

  protected final void fallBack(RoutingContext request, String id) {
    countRefusal(request, id);
    request.next();
  }

  /** Has the request decided if the rate limits allow it. */
  protected final void limited(Routed<?> asked) {
    if (limits.areOn()) {
      limits.ask(asked.request.request(), asked.userId(), asked);
    } else {
      asked.passed();
    }
  }

  protected final void refuse(RoutingContext request, String id, Problem why) {
    counted(request);
    refused(id, why.type());
    edge.send(request, why);
  }

  /** Marks a request whose outcome is counted by whoever decides it. */
  public static void counted(RoutingContext request) {
    request.put(IS_COUNTED, true);
  }

  private void countRefusal(RoutingContext request, String id) {
    countRefusal(request, id, () -> true);
  }

  /**
   * Counts the request at its end if it was rejected and is not marked.
   *
   * @param ifSo asked then: whether what follows does not count it
   */
  protected final void countRefusal(RoutingContext request, String id, BooleanSupplier ifSo) {
    if (id.indexOf('/') < 0) {
      request.addEndHandler(
          end -> {
            if (ifSo.getAsBoolean()) {
              ended(request, id);
            }
          });
    }
  }

  private void ended(RoutingContext request, String id) {
    int status = request.response().getStatusCode();
    if (request.get(IS_COUNTED) == null && request.response().headWritten() && status >= 400) {
      counted(request);
      refused(
          id,
          status == ProblemType.SHUTTING_DOWN.status() && shutdown.isClosed()
              ? ProblemType.SHUTTING_DOWN
              : HttpEdge.typeOf(status));
    }
  }

  private static boolean acceptsJson(HttpServerRequest http) {
    String accept = http.getHeader(HttpHeaders.ACCEPT);
    return accept == null || accept.equals("*/*") || accept.equals(JSON);
  }

  /**
   * A request that awaits its decision, and the answer of the rate limits before: one object for
   * both, because it is made for each request.
   */
  protected abstract class Routed<R> extends Pending<R> implements RateLimits.Answer {

    private final RoutingContext request;
    private final String id;

    /**
     * @param id of the coupon or the sale
     */
    protected Routed(RoutingContext request, String id, String userId) {
      super(userId, 0);
      this.request = request;
      this.id = id;
    }

    protected final String id() {
      return id;
    }

    /** Has it decided. */
    protected abstract void decide();

    @Override
    public final void passed() {
      begin();
      decide();
    }

    @Override
    public final void refused(Problem why) {
      refuse(request, id, why);
    }

    /** Read only where it is demanded: a header costs a look-up. */
    @Override
    public final String pass(String queueId) {
      return Passes.of(request.request(), queueId);
    }

    protected abstract void send(HttpServerResponse response, R result);

    @Override
    protected final void decided(R result) {
      if (!request.response().closed()) {
        send(request.response(), result);
      }
    }

    @Override
    protected final void failed(Throwable why) {
      if (why instanceof ProblemException known) {
        send(known.problem());
      } else if (why instanceof RedisException redis) {
        send(RedisProblems.of(redis));
      } else {
        request.fail(why);
      }
    }

    protected final void send(Problem problem) {
      edge.send(request, problem);
    }

    protected final void created(HttpServerResponse response, String location, byte[] json) {
      send(response, 201, location, json);
    }

    /** Accepted, and what becomes of it is found there. */
    protected final void accepted(HttpServerResponse response, String location, byte[] json) {
      send(response, 202, location, json);
    }

    private void send(HttpServerResponse response, int status, String location, byte[] json) {
      response.setStatusCode(status);
      AnswerHeaders.personal(response);
      response.headers().set(HttpHeaders.CONTENT_TYPE, CONTENT_TYPE);
      response.headers().set(HttpHeaders.LOCATION, location);
      response.end(Buffer.buffer(Unpooled.wrappedBuffer(json)));
    }
  }
}
