package io.firstcome.stock.sale;

import io.firstcome.live.LiveStreams;
import io.firstcome.stock.model.StockRequests;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Multi;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.PermitAll;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** An item's numbers while they change. */
@Path("/api/v1/sales/{saleId}/items/{itemId}/live")
@Produces(MediaType.SERVER_SENT_EVENTS)
@Tag(name = "Sales")
class ItemLiveResource {

  private final Sales sales;
  private final LiveStreams streams;

  ItemLiveResource(Sales sales, LiveStreams streams) {
    this.sales = sales;
    this.streams = streams;
  }

  @GET
  @Blocking
  @PermitAll
  @Operation(
      summary = "Watch an item",
      description =
          "Server-sent events named 'item': the current state, then one event per change."
              + " Comments serve as heartbeats.")
  @APIResponse(
      responseCode = "200",
      description = "The data of each event is the item",
      content = @Content(schema = @Schema(implementation = ItemView.class)))
  public Multi<OutboundSseEvent> watch(
      String saleId, String itemId, @Context Sse sse, @Context RoutingContext request) {
    StockRequests.checkSale(saleId);
    StockRequests.checkItem(itemId);
    return streams.of(
        request,
        sse,
        "item",
        saleId + "/" + itemId,
        () -> sales.item(saleId, itemId),
        item -> item);
  }
}
