package io.firstcome.stock.audit;

import static io.firstcome.stock.model.SaleType.SALE;

import io.firstcome.audit.AuditDesk;
import io.firstcome.audit.Report;
import io.firstcome.history.Recorded;
import io.firstcome.http.identity.Roles;
import io.firstcome.stock.model.StockRequests;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Audits, repairs and recovers a sale. */
@Path("/api/v1/admin")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed(Roles.OPERATOR)
class SaleAdminResource {

  private final StockAudit audit;
  private final AuditDesk desk;

  SaleAdminResource(StockAudit audit, AuditDesk desk) {
    this.audit = audit;
    this.desk = desk;
  }

  @GET
  @RolesAllowed({Roles.AUDITOR, Roles.OPERATOR})
  @Path("audit/sales/{saleId}")
  @Blocking
  @Tag(name = "Audit")
  @Operation(
      summary = "Audit the stock of a sale",
      description =
          "Checks that available + held + sold = total for each item, in Redis and in MySQL, that"
              + " held and sold units match the reservations and totals the restocks, and compares"
              + " every reservation in Redis and in MySQL. 'compared' is false if the sale kept"
              + " changing, so that Redis and MySQL could not be compared.")
  public StockAudit.Sale audit(String saleId) {
    StockRequests.checkSale(saleId);
    List<StockAudit.Item> items = new ArrayList<>();
    Report report = desk.audit(SALE.tag(saleId), pace -> audit.audit(saleId, pace, items));
    return StockAudit.Sale.of(saleId, items, report);
  }

  @POST
  @Recorded
  @Path("audit/sales/{saleId}/repair")
  @Blocking
  @Tag(name = "Audit")
  @Operation(
      summary = "Repair the stock of a sale",
      description =
          "Repairs what it safely can: replays dead letters once, appends what MySQL lost to the"
              + " ledger again, recounts MySQL, and reloads the sale into Redis unless that makes"
              + " more units available. Returns what was done and the result of a new audit."
              + " Repeating the request is safe.")
  public AuditDesk.Repaired repair(String saleId) {
    StockRequests.checkSale(saleId);
    return desk.repair(SALE, saleId);
  }

  @POST
  @Recorded
  @Path("sales/{saleId}/recover")
  @Tag(name = "Recovery")
  @Operation(
      summary = "Recover a sale",
      description =
          "Drains its ledger to MySQL and reloads the sale from MySQL. Until then requests for its"
              + " hot items get 503 recovering or loading. Returns 204 when it is done, or 503"
              + " loading if it takes longer and continues in the background.")
  @APIResponse(responseCode = "204", description = "Recovered")
  public Uni<Void> recover(String saleId) {
    StockRequests.checkSale(saleId);
    return desk.recover(SALE, saleId);
  }
}
