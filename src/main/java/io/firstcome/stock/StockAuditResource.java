package io.firstcome.stock;

import io.firstcome.audit.AuditDesk;
import io.firstcome.audit.Report;
import io.firstcome.redis.Keys;
import io.firstcome.web.Roles;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Whether a sale adds up, for the operator to ask and to repair at any time. */
@Path("/api/v1/admin/audit/sales/{saleId}")
@Tag(name = "Audit")
@RolesAllowed(Roles.ADMIN)
class StockAuditResource {

  private final StockAudit audit;
  private final AuditDesk desk;

  StockAuditResource(StockAudit audit, AuditDesk desk) {
    this.audit = audit;
    this.desk = desk;
  }

  @GET
  @Blocking
  @Operation(
      summary = "Audit the stock of a sale",
      description =
          "available + held + sold = total of each item, in Redis and in MySQL; what is held and"
              + " sold by the reservations; totals by the restocks; every reservation in Redis and"
              + " in MySQL. 'compared' is false where Redis and MySQL did not come to rest for long"
              + " enough to be compared.")
  public StockAudit.Sale audit(String saleId) {
    StockRequests.checkSale(saleId);
    List<StockAudit.Item> items = new ArrayList<>();
    Report report = desk.audit(Keys.sale(saleId), pace -> audit.audit(saleId, pace, items));
    return StockAudit.Sale.of(saleId, items, report);
  }

  @POST
  @Path("/repair")
  @Blocking
  @Operation(
      summary = "Repair the stock of a sale",
      description =
          "Repairs what can be: dead letters are replayed once, what MySQL lost is appended to the"
              + " ledger again, its numbers are counted anew, and the sale is loaded anew into"
              + " Redis where that makes no more units available. Answers what was done and what an"
              + " audit finds after it. Again is harmless.")
  public AuditDesk.Repaired repair(String saleId) {
    StockRequests.checkSale(saleId);
    return desk.repair(audit, Keys.sale(saleId));
  }
}
