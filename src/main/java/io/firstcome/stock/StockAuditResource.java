package io.firstcome.stock;

import io.firstcome.web.Roles;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Whether a sale adds up, for the operator to ask at any time. */
@Path("/api/v1/admin/audit/sales/{saleId}")
@Tag(name = "Audit")
@RolesAllowed(Roles.ADMIN)
class StockAuditResource {

  private final StockAudit audit;

  StockAuditResource(StockAudit audit) {
    this.audit = audit;
  }

  @GET
  @Blocking
  @Operation(
      summary = "Audit the stock of a sale",
      description =
          "available + held + sold = total of each item, in Redis and in MySQL; what is held and"
              + " sold by the reservations; totals by the restocks. 'compared' is false where Redis"
              + " and MySQL did not come to rest for long enough to be compared.")
  public StockAudit.Report audit(String saleId) {
    StockRequests.checkSale(saleId);
    return audit.run(saleId);
  }
}
