package io.firstcome.stock.audit;

import static io.firstcome.stock.model.SaleType.SALE;

import io.firstcome.http.identity.Roles;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.firstcome.stock.model.StockRequests;
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
@Path("/api/v1/admin/sales/{saleId}/recover")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Recovery")
@RolesAllowed(Roles.ADMIN)
class SaleRecoveryResource {

  private final Loader loader;

  SaleRecoveryResource(Loaders loaders) {
    this.loader = loaders.of(SALE);
  }

  @POST
  @Operation(
      summary = "Recover a sale",
      description =
          "Drains its ledger to MySQL and reloads the sale from MySQL. Until then"
              + " requests for its hot items get 503 recovering or loading. Returns 204 when it is done, or 503"
              + " loading if it takes longer and continues in the background.")
  @APIResponse(responseCode = "204", description = "Recovered")
  public Uni<Void> recover(String saleId) {
    StockRequests.checkSale(saleId);
    return loader.recover(saleId);
  }
}
