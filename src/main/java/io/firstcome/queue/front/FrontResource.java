package io.firstcome.queue.front;

import io.firstcome.http.identity.Caller;
import io.firstcome.http.identity.IdentityMechanism;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.pass.PassRefusal;
import io.firstcome.pass.Passes;
import io.firstcome.pass.ReturnAddresses;
import io.firstcome.queue.entry.Entries;
import io.firstcome.queue.entry.EntryView;
import io.firstcome.queue.model.EntryState;
import io.firstcome.queue.model.QueueRequests;
import io.firstcome.ratelimit.RateLimits;
import io.firstcome.redis.RedisException;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.PermitAll;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/**
 * A queue in front of any site: a proxy asks whether a visitor has a pass, and leads those who have
 * none through the queue and back.
 */
@Path(QueueRequests.PATH + "/{queueId}")
@Produces(MediaType.WILDCARD)
@Tag(name = "Queues in front of a site")
class FrontResource {

  /** The user of a pass, for the site. */
  static final String USER_HEADER = "X-Queue-User";

  private static final Duration VISITOR_LIFETIME = Duration.ofDays(1);

  /** After so many seconds, and up to half as many more, a page asks again that met an outage. */
  private static final int AFTER_OUTAGE = 4;

  private static final String TO = "to=";
  private static final String RETURN = "return=";

  private final Passes passes;
  private final ReturnAddresses returns;
  private final Entries entries;
  private final IdentityMechanism identity;
  private final RateLimits limits;
  private final Allowed allowed;
  private final String cookieDomain;

  FrontResource(
      Passes passes,
      ReturnAddresses returns,
      Entries entries,
      IdentityMechanism identity,
      RateLimits limits,
      Allowed allowed,
      FrontConfig config) {
    this.passes = passes;
    this.returns = returns;
    this.entries = entries;
    this.identity = identity;
    this.limits = limits;
    this.allowed = allowed;
    this.cookieDomain = config.cookieDomain().map(domain -> "; Domain=" + domain).orElse("");
  }

  @GET
  @Path("/check")
  @PermitAll
  @Operation(
      summary = "Check a pass",
      description =
          "For nginx (auth_request), and others that ask with the headers of the request: 200 with"
              + " the pass's user in X-Queue-User, or 403 pass-required. The pass is in"
              + " X-Queue-Pass or in its cookie. Asks neither Redis nor MySQL.")
  @Parameter(
      name = Passes.HEADER,
      in = ParameterIn.HEADER,
      description = "The pass",
      schema = @Schema(type = SchemaType.STRING))
  @APIResponse(responseCode = "200", description = "The pass lets its user in")
  public Uni<Response> check(String queueId, @Context RoutingContext http) {
    QueueRequests.checkQueue(queueId);
    String token = Passes.of(http.request(), queueId);
    PassRefusal why = passes.refusalAtDoor(token, queueId, null);
    return Uni.createFrom()
        .item(why == null ? letIn(token) : passes.refusedAtDoor(why, queueId).toResponse());
  }

  /**
   * For Envoy (ext_authz over HTTP with a path_prefix): as the check, or 303 to the queue, from
   * which the visitor returns to the path behind {@code check}.
   */
  @GET
  @Path("/check/{path: .*}")
  @PermitAll
  @Operation(hidden = true)
  public Uni<Response> check(String queueId, String path, @Context RoutingContext http) {
    QueueRequests.checkQueue(queueId);
    HttpServerRequest request = http.request();
    String token = Passes.of(request, queueId);
    PassRefusal why = passes.refusalAtDoor(token, queueId, null);
    if (why == null) {
      return Uni.createFrom().item(letIn(token));
    }
    allowed.checkOn();
    passes.refusedAtDoor(why, queueId);
    String before = visit(queueId).replace("/visit", "/check");
    String scheme = request.getHeader("X-Forwarded-Proto");
    String address =
        allowed.check(
            ("http".equals(scheme) ? "http" : "https")
                + "://"
                + request.getHeader(HttpHeaders.HOST)
                + request.uri().substring(before.length()));
    return Uni.createFrom()
        .item(seeOther(visit(queueId) + "?" + RETURN + returns.sign(queueId, address), List.of()));
  }

  private Response letIn(String token) {
    return Response.ok().header(USER_HEADER, passes.read(token).userId()).build();
  }

  /**
   * For browsers: joins the queue, shows a page that asks again by itself while the visitor waits,
   * and leads back with the pass in a cookie. Not a part of the API: the page may change.
   */
  @GET
  @Path("/visit")
  @PermitAll
  @Operation(hidden = true)
  public Uni<Response> visit(String queueId, @Context RoutingContext http) {
    QueueRequests.checkQueue(queueId);
    allowed.checkOn();
    HttpServerRequest request = http.request();
    String to = addressOf(queueId, request.query());
    if (passes.refusalAtDoor(Passes.of(request, queueId), queueId, null) == null) {
      return Uni.createFrom().item(seeOther(to, List.of()));
    }
    String again = visit(queueId) + "?" + RETURN + returns.sign(queueId, to);
    Caller caller = identity.plainCaller(request);
    Visitor visitor = caller == null ? Visitor.of(request) : null;
    String userId = caller == null ? visitor.userId() : caller.getName();
    List<String> cookies = new ArrayList<>();
    if (visitor != null && visitor.isNew()) {
      cookies.add(cookie(Visitor.COOKIE, visitor.secret(), VISITOR_LIFETIME.toSeconds()));
    }
    return limits
        .pass(request, userId)
        .chain(
            () -> visitor == null ? entries.join(queueId, userId) : join(request, queueId, visitor))
        .flatMap(
            joined ->
                joined.entry().state() == EntryState.INSIDE
                    ? entries
                        .pass(queueId, userId)
                        .map(
                            pass -> {
                              cookies.add(
                                  cookie(Passes.cookie(queueId), pass.token(), pass.secondsLeft()));
                              return seeOther(to, cookies);
                            })
                    : Uni.createFrom()
                        .item(
                            page(
                                200,
                                WaitingPage.waiting(
                                    joined.entry(),
                                    EntryView.askAgainSeconds(joined.entry()),
                                    again),
                                cookies)))
        .onFailure(RedisException.class)
        .recoverWithUni(
            away ->
                entries
                    .passWithoutEntry(queueId, userId, away)
                    .map(
                        pass -> {
                          cookies.add(
                              cookie(Passes.cookie(queueId), pass.token(), pass.secondsLeft()));
                          return seeOther(to, cookies);
                        }))
        .onFailure(e -> e instanceof ProblemException || e instanceof RedisException)
        .recoverWithItem(e -> refused(e, again, cookies));
  }

  /**
   * Everybody can make visitors, so their places are counted by address. One who has a place keeps
   * it whatever others at the address do.
   */
  private Uni<Entries.Joined> join(HttpServerRequest request, String queueId, Visitor visitor) {
    Problem refusal = limits.newVisitor(request);
    if (refusal == null) {
      return entries
          .join(queueId, visitor.userId())
          .invoke(
              joined -> {
                if (!joined.isNew()) {
                  limits.notNew(request);
                }
              })
          .onFailure()
          .invoke(() -> limits.notNew(request));
    }
    if (visitor.isNew()) {
      throw refusal.asException();
    }
    return entries
        .read(queueId, visitor.userId(), true)
        .map(
            entry -> {
              if (entry.state().isFinal()) {
                throw refusal.asException();
              }
              return new Entries.Joined(entry, false);
            })
        .onFailure(FrontResource::hasNoEntry)
        .transform(none -> refusal.asException());
  }

  private static boolean hasNoEntry(Throwable why) {
    return why instanceof ProblemException known && known.problem().type() == ProblemType.NO_ENTRY;
  }

  private String addressOf(String queueId, String query) {
    if (query != null && query.startsWith(TO)) {
      return allowed.check(query.substring(TO.length()));
    }
    String address =
        query != null && query.startsWith(RETURN)
            ? returns.read(queueId, query.substring(RETURN.length()))
            : null;
    if (address == null) {
      throw Problem.malformed("return", "must be an address that was signed for this queue")
          .asException();
    }
    // The list may be shorter by now.
    return allowed.check(address);
  }

  private static Response refused(Throwable why, String again, List<String> cookies) {
    if (why instanceof RedisException) {
      return page(
          ProblemType.REDIS_UNAVAILABLE.status(),
          WaitingPage.unavailable(jittered(AFTER_OUTAGE), again),
          cookies);
    }
    Problem problem = ((ProblemException) why).problem();
    return problem.type().isRetryable()
        ? page(
            problem.type().status(),
            WaitingPage.unavailable(jittered(AFTER_OUTAGE), again),
            cookies)
        : page(problem.type().status(), WaitingPage.refused(problem.type().detail()), cookies);
  }

  private static int jittered(int seconds) {
    return seconds + ThreadLocalRandom.current().nextInt(seconds / 2 + 1);
  }

  private static String visit(String queueId) {
    return QueueRequests.PATH + "/" + queueId + "/visit";
  }

  /** Read by no script, sent over TLS alone, and with links from elsewhere. */
  private String cookie(String name, String value, long maxAgeSeconds) {
    return name
        + "="
        + value
        + "; Path=/; Max-Age="
        + maxAgeSeconds
        + "; HttpOnly; Secure; SameSite=Lax"
        + cookieDomain;
  }

  private static Response seeOther(String address, List<String> cookies) {
    // Not by a URI, which would be made absolute by the host that was asked.
    return with(Response.status(303).header(HttpHeaders.LOCATION, address), cookies);
  }

  private static Response page(int status, String html, List<String> cookies) {
    return with(
        Response.status(status)
            .header("Content-Security-Policy", WaitingPage.POLICY)
            .header("Referrer-Policy", "no-referrer")
            .type(WaitingPage.TYPE)
            .entity(html),
        cookies);
  }

  private static Response with(Response.ResponseBuilder response, List<String> cookies) {
    cookies.forEach(cookie -> response.header(HttpHeaders.SET_COOKIE, cookie));
    return response.build();
  }
}
