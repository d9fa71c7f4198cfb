package io.firstcome.order.purchase;

import io.firstcome.history.Recorder;
import io.firstcome.http.identity.CurrentUser;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.PlainText;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.order.model.Order;
import io.firstcome.order.model.OrderTransactions;
import io.firstcome.order.saga.OrderTable;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Orders with a step that cannot be undone: an operator looks, and says how it goes on. */
@Path("/api/v1/admin/orders")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed(Roles.ADMIN)
@Tag(name = "Orders")
class OrderAdminResource {

  private final OrderTable table;
  private final OrderTransactions mysql;
  private final CurrentUser user;
  private final Recorder recorder;

  OrderAdminResource(
      OrderTable table, OrderTransactions mysql, CurrentUser user, Recorder recorder) {
    this.table = table;
    this.mysql = mysql;
    this.user = user;
    this.recorder = recorder;
  }

  /** How an order goes on whose step could not be undone. */
  @Schema(name = "OrderSettlement", description = "How a blocked order goes on")
  record Settlement(
      @NotNull Action action,
      @NotBlank
          @Size(max = PlainText.MAX_LENGTH)
          @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
          @Schema(description = "Kept with the step", examples = "Refunded by bank transfer")
          String reason) {}

  /** What an operator can do about a step that could not be undone. */
  @Schema(description = "RETRY: undo the step again. ACCEPT: it was undone otherwise; go on")
  enum Action {
    RETRY,
    ACCEPT
  }

  @GET
  @Path("/blocked")
  @Operation(
      summary = "List blocked orders",
      description =
          "Orders with a step that cannot be undone, as a refund that the payment service declined."
              + " Oldest first, paginated.")
  public Uni<MyOrdersResource.OrderPage> blocked(
      @QueryParam("after") @DefaultValue("0") @Min(0) long after,
      @QueryParam("limit") @DefaultValue("50") @Min(1) @Max(100) int limit) {
    return mysql
        .decide(tx -> table.blocked(tx, after, limit))
        .map(orders -> MyOrdersResource.OrderPage.of(orders, limit));
  }

  @POST
  @Path("/{orderId}/settle")
  @Operation(
      summary = "Settle a blocked order",
      description =
          "RETRY undoes the step again; ACCEPT records that it was undone otherwise, and goes on"
              + " with the steps before it. 409 order-not-blocked if it is not blocked.")
  public Uni<OrderView> settle(
      String orderId, @Valid @NotNull Settlement request, @Context RoutingContext http) {
    if (!Order.isId(orderId)) {
      throw Problem.of(ProblemType.UNKNOWN_ORDER).asException();
    }
    String operator = user.id();
    Recorder.Recording recording = recorder.of(http.request());
    return mysql
        .decide(
            tx -> {
              Order order = table.find(tx, orderId);
              if (order == null) {
                throw Problem.of(ProblemType.UNKNOWN_ORDER).asException();
              }
              boolean settled =
                  order.blocked() != null
                      && table.settle(
                          tx, order, request.action() == Action.ACCEPT, operator, request.reason());
              if (!settled) {
                throw Problem.of(ProblemType.ORDER_NOT_BLOCKED).asException();
              }
              recording.write(
                  tx,
                  Map.of("step", order.step(), "blocked", order.blocked()),
                  Map.of("action", request.action(), "reason", request.reason()));
              return table.find(tx, orderId);
            })
        .map(OrderView::of);
  }
}
