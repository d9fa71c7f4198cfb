package io.firstcome.lock;

import io.firstcome.http.identity.CurrentUser;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.Ids;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ratelimit.RateLimits;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Locks for jobs of operators. */
@Path("/api/v1/locks/{name}")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed({Roles.ADMIN, Roles.SERVICE})
@Tag(name = "Locks")
class LockResource {

  private final Locks locks;
  private final CurrentUser user;
  private final RateLimits limits;
  private final int maxNames;

  LockResource(Locks locks, CurrentUser user, RateLimits limits, LockConfig config) {
    this.locks = locks;
    this.user = user;
    this.limits = limits;
    this.maxNames = config.maxNames();
  }

  @POST
  @Operation(
      summary = "Acquire a lock",
      description =
          "Waits up to 'waitSeconds'; 409 locked if somebody else holds it by then. It is held for"
              + " 'leaseSeconds' unless it is extended or released. The same request with the same"
              + " 'token' returns the same lock while it is held.")
  public Uni<LockView> acquire(
      String name, @Valid @NotNull NewLock order, @Context RoutingContext http) {
    check(name);
    int permits = order.permits() == null ? 0 : order.permits();
    if (permits > 0 && !locks.havePermits()) {
      throw Problem.malformed("permits", "needs firstcome.lock.store=redis").asException();
    }
    LockRequest request =
        new LockRequest(
            name,
            order.token() == null ? UUID.randomUUID().toString() : order.token(),
            order.token() != null,
            Duration.ofSeconds(order.leaseSeconds()),
            permits,
            maxNames);
    Duration wait = Duration.ofSeconds(order.waitSeconds() == null ? 0 : order.waitSeconds());
    return pass(http)
        .chain(() -> locks.tryLock(request, wait))
        .onItem()
        .ifNull()
        .failWith(() -> Problem.of(ProblemType.LOCKED).asException())
        .call(
            grant ->
                // Nobody would know its token.
                http.response().closed() && !request.mayRepeat()
                    ? locks.release(name, grant.token())
                    : Uni.createFrom().voidItem())
        .map(LockView::of);
  }

  @POST
  @Path("/extend")
  @Operation(
      summary = "Extend a lock",
      description =
          "Holds it for 'leaseSeconds' from now on. 409 lock-lost if this token does not hold it:"
              + " stop the work that it was for.")
  public Uni<LockView> extend(
      String name, @Valid @NotNull HeldLock.Extension order, @Context RoutingContext http) {
    check(name);
    return pass(http)
        .chain(() -> locks.extend(name, order.token(), Duration.ofSeconds(order.leaseSeconds())))
        .onItem()
        .ifNull()
        .failWith(LockResource::lost)
        .map(LockView::of);
  }

  @POST
  @Path("/release")
  @Operation(
      summary = "Release a lock",
      description =
          "409 lock-lost if this token does not hold it: somebody else may have worked meanwhile."
              + " If the reply to a release was lost, that is the answer to the next one.")
  @APIResponse(responseCode = "204", description = "Released")
  public Uni<Void> release(
      String name, @Valid @NotNull HeldLock.Release order, @Context RoutingContext http) {
    check(name);
    return pass(http)
        .chain(() -> locks.release(name, order.token()))
        .invoke(
            released -> {
              if (!released) {
                throw lost();
              }
            })
        .replaceWithVoid();
  }

  private Uni<Void> pass(RoutingContext http) {
    return limits.pass(http.request(), user.id());
  }

  private static RuntimeException lost() {
    return Problem.of(ProblemType.LOCK_LOST).asException();
  }

  private static void check(String name) {
    if (!Ids.isResourceId(name)) {
      throw Problem.malformed("name", Ids.COUPON_MESSAGE).asException();
    }
  }
}
