package io.firstcome.stock.sale;

import io.firstcome.history.Recorded;
import io.firstcome.history.Recorder;
import io.firstcome.http.edge.Created;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.Ids;
import io.firstcome.http.input.Money;
import io.firstcome.http.input.Paging;
import io.firstcome.lifecycle.Lifecycle;
import io.firstcome.lifecycle.Status;
import io.firstcome.pass.QueueReference;
import io.firstcome.stock.model.SaleDefinition;
import io.firstcome.stock.model.StockRequests;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.PermitAll;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.NoCache;

/** Sales: what items belong to. */
@Path("/api/v1/sales")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Sales")
public class SaleResource {

  public static final String PATH = "/api/v1/sales/";

  private final Recorder recorder;
  private final Sales sales;
  private final QueueReference queues;

  SaleResource(Sales sales, QueueReference queues, Recorder recorder) {
    this.sales = sales;
    this.queues = queues;
    this.recorder = recorder;
  }

  /**
   * A page of sales.
   *
   * @param next ask for what comes after this one, or null: this was the last page
   */
  record SalePage(List<SaleView> sales, String next) {}

  @POST
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Create a sale",
      description =
          "201 if it was created; 200 if the same request created it earlier; 409"
              + " sale-exists if a different request did.")
  @APIResponse(
      responseCode = "201",
      description = "Created",
      content = @Content(schema = @Schema(implementation = SaleView.class)))
  @APIResponse(
      responseCode = "200",
      description = "Created earlier by the same request",
      content = @Content(schema = @Schema(implementation = SaleView.class)))
  public Uni<Response> create(@Valid @NotNull NewSale request, @Context RoutingContext http) {
    Recorder.Recording recording = recorder.of(http.request());
    Lifecycle.checkWindow(request.opensAt(), request.closesAt());
    if (request.currency() != null) {
      Money.checkCurrency(request.currency());
    }
    return queues
        .check(request.queue())
        .chain(() -> sales.create(request, recording))
        .map(
            created ->
                Created.response(created.isNew(), PATH + created.view().id(), created.view()));
  }

  @GET
  @NoCache
  @PermitAll
  @Operation(summary = "List sales", description = "Ordered by id, paginated.")
  public Uni<SalePage> list(
      @QueryParam("after")
          @DefaultValue("")
          @Pattern(regexp = "|" + Ids.COUPON, message = Ids.COUPON_MESSAGE)
          String after,
      @QueryParam("limit") @DefaultValue("50") @Min(1) @Max(100) int limit) {
    return sales
        .list(after, limit)
        .map(page -> new SalePage(page, Paging.next(page, limit, SaleView::id)));
  }

  @GET
  @NoCache
  @Path("/{saleId}")
  @PermitAll
  @Operation(summary = "Read a sale")
  public Uni<SaleView> read(String saleId) {
    StockRequests.checkSale(saleId);
    return sales.read(saleId);
  }

  @PATCH
  @Recorded
  @Path("/{saleId}")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Change a sale",
      description =
          "Its name and when it opens and closes. Responds once the change is in MySQL. null"
              + " removes 'opensAt' and 'closesAt'.")
  public Uni<SaleView> change(String saleId, @Valid @NotNull SalePatch patch) {
    StockRequests.checkSale(saleId);
    patch.checkWindow();
    return sales.change(saleId, patch.change());
  }

  @POST
  @Recorded
  @Path("/{saleId}/pause")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Pause a sale",
      description =
          "New reservations are refused until it is resumed. What is held can be confirmed,"
              + " cancelled and extended.")
  public Uni<SaleView> pause(String saleId) {
    return change(saleId, Status.PAUSED);
  }

  @POST
  @Recorded
  @Path("/{saleId}/resume")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(summary = "Resume a paused sale")
  public Uni<SaleView> resume(String saleId) {
    return change(saleId, Status.OPEN);
  }

  @POST
  @Recorded
  @Path("/{saleId}/close")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Close a sale permanently",
      description =
          "New reservations are refused. What is held can be confirmed, cancelled and extended. A"
              + " closed sale cannot be reopened.")
  public Uni<SaleView> close(String saleId) {
    return change(saleId, Status.CLOSED);
  }

  private Uni<SaleView> change(String saleId, Status status) {
    StockRequests.checkSale(saleId);
    return sales.change(saleId, SaleDefinition.Change.to(status));
  }
}
