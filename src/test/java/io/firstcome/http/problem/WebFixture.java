package io.firstcome.http.problem;

import io.firstcome.http.identity.CurrentUser;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.Ids;
import io.firstcome.http.input.UserId;
import io.quarkus.security.Authenticated;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.security.RolesAllowed;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.eclipse.microprofile.openapi.annotations.Operation;

/** Resources that exist in tests only: each does one thing that the web layer must answer for. */
@Path("/test/web")
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
public class WebFixture {
  static final String INTERNALS = "the password is swordfish";

  @Inject CurrentUser user;

  public enum Colour {
    RED,
    GREEN
  }

  public record Part(@NotNull String name) {}

  public record Body(
      @Pattern(regexp = Ids.COUPON, message = Ids.COUPON_MESSAGE) String id,
      @Min(1) int quantity,
      Long total,
      Instant opensAt,
      Boolean audience,
      Colour colour,
      @Size(max = 3)
          List<@NotNull @Pattern(regexp = UserId.PATTERN, message = UserId.MESSAGE) String> users,
      @Valid Part part,
      List<@Valid Part> parts) {}

  public record Who(String id, boolean admin) {}

  public record Page(List<String> claims, Long next, Instant serverTime) {}

  @GET
  @Path("who")
  @Authenticated
  @Operation(hidden = true)
  public Who who() {
    return new Who(user.id(), user.isAdmin());
  }

  @GET
  @Path("admin")
  @RolesAllowed(Roles.ADMIN)
  @Operation(hidden = true)
  public Uni<Who> admin() {
    return Uni.createFrom().item(new Who(user.id(), user.isAdmin()));
  }

  @GET
  @Path("service")
  @RolesAllowed(Roles.SERVICE)
  @Operation(hidden = true)
  public Who service() {
    return new Who(user.id(), user.isAdmin());
  }

  @POST
  @Path("echo")
  @Operation(hidden = true)
  public Uni<Body> echo(@Valid Body body) {
    return Uni.createFrom().item(body);
  }

  @GET
  @Path("page")
  @Operation(hidden = true)
  public Page page(
      @QueryParam("limit") @DefaultValue("10") @Min(1) @Max(1000) int limit,
      @QueryParam("after") Long after,
      @HeaderParam("X-Depth") Integer depth) {
    return new Page(List.of(), null, Instant.parse("2026-11-20T12:00:00Z"));
  }

  @GET
  @Path("number/{number}")
  @Operation(hidden = true)
  public String number(@PathParam("number") long number) {
    return Long.toString(number);
  }

  @GET
  @Path("users/{userId}")
  @Operation(hidden = true)
  public Who byId(
      @PathParam("userId") @Pattern(regexp = UserId.PATTERN, message = UserId.MESSAGE)
          String userId) {
    return new Who(userId, false);
  }

  @GET
  @Path("problems/{type}")
  @Operation(hidden = true)
  public Response problem(@PathParam("type") ProblemType type) {
    return Problem.of(type).toResponse();
  }

  @GET
  @Path("not-open")
  @Operation(hidden = true)
  public Response notOpen() {
    return Problem.of(ProblemType.NOT_OPEN)
        .detail("Later.")
        .with("opensAt", Instant.parse("2026-11-20T12:00:00.5Z"))
        .with("claim", new Who("alice", false))
        .with("next", null)
        .retryAfter(Duration.ofMillis(2500))
        .toResponse();
  }

  @GET
  @Path("thrown")
  @Operation(hidden = true)
  public String thrown() {
    throw new ProblemException(ProblemType.LOADING);
  }

  @GET
  @Path("thrown-late")
  @Operation(hidden = true)
  public Uni<String> thrownLate() {
    return Uni.createFrom()
        .failure(new CompletionException(new ProblemException(ProblemType.LEDGER_FULL)));
  }

  @GET
  @Path("bug")
  @Operation(hidden = true)
  public Uni<String> bug() {
    return Uni.createFrom().failure(new IllegalStateException(INTERNALS));
  }

  @GET
  @Path("bad-return")
  @NotNull
  @Operation(hidden = true)
  public Who badReturn() {
    return null;
  }

  @GET
  @Path("error")
  @Operation(hidden = true)
  public String error() {
    throw new AssertionError(INTERNALS);
  }

  /** Tells what would fail a request whose user is not known, one instance from another. */
  void failureHandler(@Observes Filters filters) {
    filters.register(
        request -> {
          if (request.normalizedPath().equals("/test/web/failure-handler")) {
            Object handler = request.get(QuarkusHttpUser.AUTH_FAILURE_HANDLER);
            request.end(handler.getClass().getName() + "@" + System.identityHashCode(handler));
          } else {
            request.next();
          }
        },
        100);
  }
}
