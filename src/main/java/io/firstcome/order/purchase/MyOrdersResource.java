package io.firstcome.order.purchase;

import io.firstcome.http.identity.CurrentUser;
import io.firstcome.http.input.Paging;
import io.firstcome.order.model.Order;
import io.firstcome.order.model.OrderTransactions;
import io.firstcome.order.saga.OrderTable;
import io.quarkus.security.Authenticated;
import io.smallrye.mutiny.Uni;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** A user's own orders. */
@Path("/api/v1/me/orders")
@Produces(MediaType.APPLICATION_JSON)
@Authenticated
@Tag(name = "Orders")
class MyOrdersResource {

  private final OrderTable table;
  private final OrderTransactions mysql;
  private final CurrentUser user;

  MyOrdersResource(OrderTable table, OrderTransactions mysql, CurrentUser user) {
    this.table = table;
    this.mysql = mysql;
    this.user = user;
  }

  /**
   * A page of orders, the newest first.
   *
   * @param next ask for what comes after this one, or null: this was the last page
   */
  @Schema(name = "OrderPage")
  record OrderPage(List<OrderView> orders, Long next) {

    static OrderPage of(List<Order> orders, int limit) {
      return new OrderPage(
          orders.stream().map(OrderView::of).toList(), Paging.next(orders, limit, Order::number));
    }
  }

  @GET
  @Operation(summary = "List the user's orders", description = "Newest first, paginated.")
  public Uni<OrderPage> list(
      @QueryParam("before") @DefaultValue("" + Long.MAX_VALUE) @Min(1) long before,
      @QueryParam("limit") @DefaultValue("50") @Min(1) @Max(100) int limit) {
    String owner = user.id();
    return mysql
        .decide(tx -> table.ofUser(tx, owner, before, limit))
        .map(orders -> OrderPage.of(orders, limit));
  }
}
