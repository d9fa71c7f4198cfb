package io.firstcome.coupon.audit;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.audit.AuditDesk;
import io.firstcome.audit.Report;
import io.firstcome.coupon.model.CouponRequests;
import io.firstcome.http.identity.Roles;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Whether a coupon is as it must be, for the operator to ask and to repair at any time. */
@Path("/api/v1/admin/audit/coupons/{couponId}")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Audit")
@RolesAllowed(Roles.ADMIN)
class CouponAuditResource {

  private final AuditDesk desk;

  CouponAuditResource(AuditDesk desk) {
    this.desk = desk;
  }

  @GET
  @Blocking
  @Operation(
      summary = "Audit a coupon",
      description =
          "Compares every claim in Redis and in MySQL, the sequence numbers, the epoch and the definition. It reads"
              + " all claims: some seconds for a million. 'compared' is false if the ledger was not"
              + " drained in time.")
  public Report audit(String couponId) {
    CouponRequests.checkId(couponId);
    return desk.audit(COUPON, couponId);
  }

  @POST
  @Path("/repair")
  @Blocking
  @Operation(
      summary = "Repair a coupon",
      description =
          "Repairs what it safely can: appends claims that MySQL lost to the ledger again, restores claims that"
              + " Redis lost, replays dead letters once. Returns what was done and"
              + " the result of a new audit. Repeating the request is safe.")
  public AuditDesk.Repaired repair(String couponId) {
    CouponRequests.checkId(couponId);
    return desk.repair(COUPON, couponId);
  }
}
