package io.firstcome.coupon.redemption;

import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.CouponRequests;
import io.firstcome.http.identity.CurrentUser;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.problem.Problem;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Redemptions: units used for orders, by whoever takes the orders. */
@Path("/api/v1/coupons/{couponId}/redemptions")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed({Roles.SERVICE, Roles.ADMIN})
@Tag(name = "Redemptions")
class RedemptionResource {

  private final Units units;
  private final RedeemableCodes codes;
  private final CurrentUser user;

  RedemptionResource(Units units, RedeemableCodes codes, CurrentUser user) {
    this.units = units;
    this.codes = codes;
    this.user = user;
  }

  @POST
  @Operation(
      summary = "Redeem a unit",
      description =
          "201 the first time, then 200 with the same redemption: the order's reference is the key."
              + " The unit is named by its code, by its user, or by both: then the code must be"
              + " that of the user. 404 unknown-code, in the same time, if there is no such code or"
              + " if it is not that of the user. 429 if too many wrong codes were tried. Responds"
              + " once it is in MySQL.")
  @APIResponse(
      responseCode = "201",
      description = "Redeemed",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = Redemption.class)))
  @APIResponse(
      responseCode = "200",
      description = "Redeemed earlier for this order",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = Redemption.class)))
  public Uni<Response> redeem(String couponId, @Valid @NotNull UnitRequests.Redeem request) {
    CouponRequests.checkId(couponId);
    if (request.code() == null && request.userId() == null) {
      throw Problem.malformed("userId", "is required without a code").asException();
    }
    String by = user.id();
    return (request.code() == null
            ? Uni.createFrom().item(request)
            : codes.resolve(couponId, request, by))
        .flatMap(named -> units.redeem(couponId, named, by))
        .map(
            done ->
                Response.status(done.isNew() ? Response.Status.CREATED : Response.Status.OK)
                    .entity(done.redemption())
                    .build());
  }

  @POST
  @Path("/undo")
  @Operation(
      summary = "Undo a redemption",
      description =
          "The unit can be redeemed again, for another order. Responds once it is in MySQL;"
              + " repeating the request is safe.")
  public Uni<Claim> undo(String couponId, @Valid @NotNull UnitRequests.Undo request) {
    CouponRequests.checkId(couponId);
    CouponRequests.checkUser(request.userId());
    return units.undo(couponId, request, user.id());
  }
}
