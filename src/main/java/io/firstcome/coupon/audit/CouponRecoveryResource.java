package io.firstcome.coupon.audit;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.coupon.change.ShardCoordinator;
import io.firstcome.coupon.model.CouponRequests;
import io.firstcome.http.identity.Roles;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** What happens by itself when Redis is not the one it was, begun by hand. */
@Path("/api/v1/admin/coupons/{couponId}/recover")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Recovery")
@RolesAllowed(Roles.ADMIN)
class CouponRecoveryResource {

  private final Loader loader;
  private final ShardCoordinator campaigns;

  CouponRecoveryResource(Loaders loaders, ShardCoordinator campaigns) {
    this.loader = loaders.of(COUPON);
    this.campaigns = campaigns;
  }

  @POST
  @Operation(
      summary = "Recover a coupon",
      description =
          "Verifies the state in Redis against MySQL, and reloads it if Redis is behind."
              + " Until then its claims get 503 recovering. Returns 204 when it is done, or 503 loading if"
              + " it takes longer and continues in the background.")
  @APIResponse(responseCode = "204", description = "Recovered")
  public Uni<Void> recover(String couponId) {
    CouponRequests.checkId(couponId);
    return campaigns
        .parts(couponId)
        .onItem()
        .transformToMulti(ids -> Multi.createFrom().iterable(ids))
        .onItem()
        .transformToUniAndConcatenate(loader::recover)
        .toUni();
  }
}
