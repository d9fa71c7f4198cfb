package io.firstcome.coupon.redemption;

import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.CouponRequests;
import io.firstcome.history.Recorded;
import io.firstcome.http.identity.CurrentUser;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.quarkus.security.Authenticated;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** What becomes of a claim after its units were issued. */
@Path("/api/v1/coupons/{couponId}/claims/{userId}")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Claims")
class ClaimLifeResource {

  private final Units units;
  private final ClaimHistory history;
  private final CurrentUser user;

  ClaimLifeResource(Units units, ClaimHistory history, CurrentUser user) {
    this.units = units;
    this.history = history;
    this.user = user;
  }

  @POST
  @Recorded
  @Path("/revoke")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Revoke a claim",
      description =
          "Takes all units from the user, or one. Whether they are issued again says the coupon's"
              + " 'release'. The user cannot claim again instead. Redeemed units are not revoked."
              + " Responds once it is in MySQL; repeating the request is safe.")
  public Uni<Claim> revoke(
      String couponId, String userId, @Valid @NotNull UnitRequests.Revoke request) {
    CouponRequests.checkId(couponId);
    CouponRequests.checkUser(userId);
    return units.revoke(couponId, userId, request, user.id());
  }

  @GET
  @Path("/history")
  @Authenticated
  @Operation(
      summary = "Read the history of a claim",
      description =
          "What became of each unit, in order, paginated. Users read their own; operators read"
              + " any.")
  public Uni<ClaimHistory.Page> history(
      String couponId,
      String userId,
      @QueryParam("after")
          @DefaultValue(ClaimHistory.START)
          @Pattern(regexp = ClaimHistory.KEY, message = "must be 'next' of the page before")
          String after,
      @QueryParam("limit") @DefaultValue("100") @Min(1) @Max(1000) int limit) {
    CouponRequests.checkId(couponId);
    CouponRequests.checkUser(userId);
    if (!user.is(userId) && !user.readsAll()) {
      throw Problem.of(ProblemType.FORBIDDEN).asException();
    }
    return history.page(couponId, userId, after, limit);
  }
}
