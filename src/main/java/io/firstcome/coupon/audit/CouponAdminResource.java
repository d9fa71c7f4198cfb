package io.firstcome.coupon.audit;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.audit.AuditDesk;
import io.firstcome.audit.Report;
import io.firstcome.coupon.model.CouponRequests;
import io.firstcome.history.Recorded;
import io.firstcome.http.identity.Roles;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Audits, repairs and recovers a coupon. */
@Path("/api/v1/admin")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed(Roles.OPERATOR)
class CouponAdminResource {

  private final AuditDesk desk;

  CouponAdminResource(AuditDesk desk) {
    this.desk = desk;
  }

  @GET
  @RolesAllowed({Roles.AUDITOR, Roles.OPERATOR})
  @Path("audit/coupons/{couponId}")
  @Blocking
  @Tag(name = "Audit")
  @Operation(
      summary = "Audit a coupon",
      description =
          "Compares every claim in Redis and in MySQL, the sequence numbers, the epoch and the"
              + " definition. It reads all claims: some seconds for a million. 'compared' is false"
              + " if the ledger was not drained in time.")
  public Report audit(String couponId) {
    CouponRequests.checkId(couponId);
    return desk.audit(COUPON, couponId);
  }

  @POST
  @Recorded
  @Path("audit/coupons/{couponId}/repair")
  @Blocking
  @Tag(name = "Audit")
  @Operation(
      summary = "Repair a coupon",
      description =
          "Repairs what it safely can: appends claims that MySQL lost to the ledger again, restores"
              + " claims that Redis lost, replays dead letters once. Returns what was done and the"
              + " result of a new audit. Repeating the request is safe.")
  public AuditDesk.Repaired repair(String couponId) {
    CouponRequests.checkId(couponId);
    return desk.repair(COUPON, couponId);
  }

  @POST
  @Recorded
  @Path("coupons/{couponId}/recover")
  @Tag(name = "Recovery")
  @Operation(
      summary = "Recover a coupon",
      description =
          "Verifies the state in Redis against MySQL, and reloads it if Redis is behind. Until then"
              + " its claims get 503 recovering. Returns 204 when it is done, or 503 loading if it"
              + " takes longer and continues in the background.")
  @APIResponse(responseCode = "204", description = "Recovered")
  public Uni<Void> recover(String couponId) {
    CouponRequests.checkId(couponId);
    return desk.recover(COUPON, couponId);
  }
}
