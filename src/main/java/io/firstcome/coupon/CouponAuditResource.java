package io.firstcome.coupon;

import io.firstcome.audit.AuditDesk;
import io.firstcome.audit.Report;
import io.firstcome.web.Roles;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Whether a coupon is as it must be, for the operator to ask and to repair at any time. */
@Path("/api/v1/admin/audit/coupons/{couponId}")
@Tag(name = "Audit")
@RolesAllowed(Roles.ADMIN)
class CouponAuditResource {

  private final CouponAudit audit;
  private final AuditDesk desk;

  CouponAuditResource(CouponAudit audit, AuditDesk desk) {
    this.audit = audit;
    this.desk = desk;
  }

  @GET
  @Blocking
  @Operation(
      summary = "Audit a coupon",
      description =
          "Every claim in Redis and in MySQL, the numbers, the epoch and the definition. It reads"
              + " all claims: some seconds for a million. 'compared' is false where the ledger did"
              + " not get drained in time.")
  public Report audit(String couponId) {
    CouponRequests.checkId(couponId);
    return desk.audit(couponId, pace -> audit.audit(couponId, pace));
  }

  @POST
  @Path("/repair")
  @Blocking
  @Operation(
      summary = "Repair a coupon",
      description =
          "Repairs what can be: claims that MySQL lost are appended to the ledger again, those that"
              + " Redis lost are given back, dead letters replayed once. Answers what was done and"
              + " what an audit finds after it. Again is harmless.")
  public AuditDesk.Repaired repair(String couponId) {
    CouponRequests.checkId(couponId);
    return desk.repair(audit, couponId);
  }
}
