package io.firstcome.stock.sale;

import io.firstcome.history.Recorded;
import io.firstcome.history.Recorder;
import io.firstcome.http.edge.Created;
import io.firstcome.http.identity.CurrentUser;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.IdempotencyKey;
import io.firstcome.http.input.Ids;
import io.firstcome.http.input.Paging;
import io.firstcome.http.problem.Problem;
import io.firstcome.stock.model.Stock;
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
import jakarta.ws.rs.HeaderParam;
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

/** The items of a sale: defined and restocked by the operator, read by all. */
@Path("/api/v1/sales/{saleId}/items")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Sales")
class ItemResource {

  private final Sales sales;
  private final CurrentUser user;
  private final Recorder recorder;

  ItemResource(Sales sales, CurrentUser user, Recorder recorder) {
    this.sales = sales;
    this.user = user;
    this.recorder = recorder;
  }

  /**
   * A page of items.
   *
   * @param next ask for what comes after this one, or null: this was the last page
   */
  record ItemPage(List<ItemView> items, String next) {}

  @POST
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Create an item",
      description =
          "201 if it was created; 200 if the same request created it earlier; 409"
              + " item-exists if a different request did.")
  @APIResponse(
      responseCode = "201",
      description = "Created",
      content = @Content(schema = @Schema(implementation = ItemView.class)))
  @APIResponse(
      responseCode = "200",
      description = "Created earlier by the same request",
      content = @Content(schema = @Schema(implementation = ItemView.class)))
  public Uni<Response> create(
      String saleId, @Valid @NotNull NewItem request, @Context RoutingContext http) {
    StockRequests.checkSale(saleId);
    return sales
        .create(saleId, request, recorder.of(http.request()))
        .map(
            created ->
                Created.response(
                    created.isNew(),
                    SaleResource.PATH + saleId + "/items/" + created.view().id(),
                    created.view()));
  }

  @GET
  @NoCache
  @PermitAll
  @Operation(
      summary = "List items",
      description = "Ordered by id, paginated, with their current stock.")
  public Uni<ItemPage> list(
      String saleId,
      @QueryParam("after")
          @DefaultValue("")
          @Pattern(regexp = "|" + Ids.COUPON, message = Ids.COUPON_MESSAGE)
          String after,
      @QueryParam("limit") @DefaultValue("50") @Min(1) @Max(100) int limit) {
    StockRequests.checkSale(saleId);
    return sales
        .items(saleId, after, limit)
        .map(page -> new ItemPage(page, Paging.next(page, limit, ItemView::id)));
  }

  @GET
  @NoCache
  @Path("/{itemId}")
  @PermitAll
  @Operation(summary = "Read an item", description = "With its current stock.")
  public Uni<ItemView> read(String saleId, String itemId) {
    check(saleId, itemId);
    return sales.item(saleId, itemId);
  }

  @PATCH
  @Path("/{itemId}")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Change an item",
      description = "Its name, its price, or both. Orders keep the price that they were placed at.")
  public Uni<ItemView> change(
      String saleId, String itemId, @Valid @NotNull ItemPatch patch, @Context RoutingContext http) {
    check(saleId, itemId);
    return sales.change(saleId, itemId, patch, recorder.of(http.request()));
  }

  @POST
  @Recorded
  @Path("/{itemId}/restock")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Restock an item",
      description =
          "Adds units, or removes available ones. Responds once the change is in MySQL. Repeating"
              + " the request with the same key changes nothing. 409 insufficient-stock if fewer"
              + " units are available.")
  public Uni<ItemView> restock(
      String saleId,
      String itemId,
      @HeaderParam(IdempotencyKey.HEADER) String key,
      @Valid @NotNull NewRestock request) {
    check(saleId, itemId);
    IdempotencyKey.check(key);
    if (request.quantity() == 0) {
      throw Problem.malformed("quantity", "must not be 0").asException();
    }
    return sales.restock(
        new Stock.Restock(saleId, itemId, key, request.quantity(), request.reason(), user.id()));
  }

  static void check(String saleId, String itemId) {
    StockRequests.checkSale(saleId);
    StockRequests.checkItem(itemId);
  }
}
