package io.firstcome.decision;

import io.firstcome.http.identity.IdentityMechanism;
import io.firstcome.http.input.Ids;
import io.firstcome.http.input.UserId;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.netty.buffer.Unpooled;
import io.smallrye.common.annotation.NonBlocking;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.nio.charset.StandardCharsets;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jboss.resteasy.reactive.ResponseStatus;

/**
 * What the HTTP stack alone costs: the request of a claim, answered with a constant of a claim's
 * size; once as a resource, once as a route that is parsed by hand and comes before all others.
 * Benchmarks compare with them; they are there only where {@value #SETTING} is true, and have
 * neither security nor metrics.
 */
@Path(ReferenceRoute.PATH)
@Produces(MediaType.APPLICATION_JSON)
public class ReferenceRoute implements HotHandler {

  /** Also in {@code quarkus.micrometer.binder.http-server.ignore-patterns}. */
  static final String PATH = "/reference/coupons/{couponId}/claims";

  public static final String SETTING = "firstcome.reference-route";

  private static final byte[] CLAIM =
      """
      {"couponId":"demo","userId":"1000000001","sequence":12345,\
      "issuedAt":"2026-11-20T23:49:41.680996Z"}\
      """
          .getBytes(StandardCharsets.US_ASCII);

  private final boolean enabled;

  ReferenceRoute(@ConfigProperty(name = SETTING, defaultValue = "false") boolean enabled) {
    this.enabled = enabled;
  }

  @Override
  public String before() {
    return "/reference/hot/coupons/";
  }

  @Override
  public String after() {
    return "/claims";
  }

  @Override
  public void handle(RoutingContext request, String id) {
    if (enabled
        && Ids.isResourceId(id)
        && UserId.isValid(request.request().getHeader(IdentityMechanism.USER_HEADER))) {
      HttpServerResponse response = request.response().setStatusCode(201);
      response.putHeader(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_JSON);
      response.end(Buffer.buffer(Unpooled.wrappedBuffer(CLAIM)));
    } else {
      request.next();
    }
  }

  /**
   * @return a claim, the same for all
   * @throws ProblemException 404, where the route is not enabled
   */
  @POST
  @NonBlocking
  @ResponseStatus(201)
  @Operation(hidden = true)
  public byte[] claim(
      @PathParam("couponId") String couponId,
      @HeaderParam(IdentityMechanism.USER_HEADER) String userId) {
    if (!enabled) {
      throw Problem.of(ProblemType.NOT_FOUND).asException();
    }
    return CLAIM;
  }
}
