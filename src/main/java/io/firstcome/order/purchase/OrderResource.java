package io.firstcome.order.purchase;

import io.firstcome.http.identity.CurrentUser;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.IdempotencyKey;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.live.LiveStreams;
import io.firstcome.order.model.Order;
import io.firstcome.order.model.Step;
import io.firstcome.pass.Passes;
import io.firstcome.payment.charge.Payments;
import io.firstcome.ratelimit.RateLimits;
import io.quarkus.security.Authenticated;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Orders: units, money and a coupon, taken together or not at all. */
@Path("/api/v1/orders")
@Produces(MediaType.APPLICATION_JSON)
@Authenticated
@Tag(name = "Orders")
class OrderResource {

  private static final String PATH = "/api/v1/orders/";
  private static final int ACCEPTED = 202;

  private final Orders orders;
  private final Payments payments;
  private final CurrentUser user;
  private final RateLimits limits;
  private final LiveStreams streams;

  OrderResource(
      Orders orders, Payments payments, CurrentUser user, RateLimits limits, LiveStreams streams) {
    this.orders = orders;
    this.payments = payments;
    this.user = user;
    this.limits = limits;
    this.streams = streams;
  }

  @POST
  @Operation(
      summary = "Place an order",
      description =
          "Holds the units, takes the money, uses the coupon and sells the units, or none of it."
              + " 201 if it is confirmed; 202 if it has not ended in time: read it at Location, or"
              + " repeat the request. 409 insufficient-stock and other refusals if nothing was"
              + " taken; 402 payment-declined or 409 order-cancelled if everything was given back."
              + " Repeating the request with the same key takes nothing more and returns the same"
              + " order, with the header Idempotent-Replayed: true.")
  @APIResponse(
      responseCode = "201",
      description = "Confirmed",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = OrderView.class)))
  @APIResponse(
      responseCode = "202",
      description = "Not ended yet",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = OrderView.class)))
  @Parameter(
      name = Passes.HEADER,
      in = ParameterIn.HEADER,
      description =
          "The pass of a queue, where the sale demands one: of the user whose order it is",
      schema = @Schema(type = SchemaType.STRING))
  public Uni<Response> place(
      @HeaderParam(IdempotencyKey.HEADER) String key,
      @Valid @NotNull NewOrder request,
      @Context RoutingContext http) {
    IdempotencyKey.check(key);
    request.check();
    if (!payments.isConfigured(request.payment().provider())) {
      throw Problem.malformed("payment.provider", "is not configured here").asException();
    }
    String caller = user.id();
    if (!user.is(request.owner(caller)) && !user.actsForAll()) {
      throw Problem.of(ProblemType.FORBIDDEN).asException();
    }
    // Services order for many; a user leaves a row for each key.
    Uni<Orders.Placed> placed =
        user.actsForAll()
            ? placed(request, caller, key, http)
            : limits.pass(http.request(), caller).chain(() -> placed(request, caller, key, http));
    return placed.map(done -> IdempotencyKey.response(response(done.order()), done.replayed()));
  }

  private Uni<Orders.Placed> placed(
      NewOrder request, String caller, String key, RoutingContext http) {
    return orders.place(request, caller, key, queueId -> Passes.of(http.request(), queueId));
  }

  private static Response.ResponseBuilder response(Order order) {
    OrderView view = OrderView.of(order);
    if (order.state() == Order.State.CANCELLED) {
      boolean declined = order.refusedStep() == Step.CHARGE;
      Problem problem =
          declined
              ? Problem.of(ProblemType.PAYMENT_DECLINED)
                  .detail(
                      "The money was not taken and the order is cancelled; 'order' says why. Use a"
                          + " new key for another attempt.")
              : Problem.of(ProblemType.ORDER_CANCELLED);
      return Response.fromResponse(problem.with("order", view).toResponse());
    }
    boolean confirmed =
        order.state() != Order.State.PENDING && order.state() != Order.State.CANCELLING;
    return located(confirmed ? Response.Status.CREATED.getStatusCode() : ACCEPTED, view);
  }

  private static Response.ResponseBuilder located(int status, OrderView view) {
    return Response.status(status).header(HttpHeaders.LOCATION, PATH + view.id()).entity(view);
  }

  @GET
  @Path("/{orderId}")
  @Operation(
      summary = "Read an order",
      description = "Users read their own orders; services and operators read any order.")
  public Uni<OrderView> read(String orderId) {
    return own(orderId).map(OrderView::of);
  }

  @GET
  @Path("/{orderId}/live")
  @Blocking
  @Produces(MediaType.SERVER_SENT_EVENTS)
  @Operation(
      summary = "Watch an order",
      description =
          "Server-sent events named 'order': the current state, then one event per change. Comments"
              + " serve as heartbeats. Users watch their own orders.")
  @APIResponse(
      responseCode = "200",
      description = "The data of each event is the order",
      content = @Content(schema = @Schema(implementation = OrderView.class)))
  public Multi<OutboundSseEvent> watch(
      String orderId, @Context Sse sse, @Context RoutingContext request) {
    // The first look is the only one that knows who looks.
    own(orderId).await().indefinitely();
    return streams.of(
        request,
        sse,
        "order",
        orderId,
        () -> orders.find(orderId).map(OrderView::of),
        view -> view);
  }

  @POST
  @Path("/{orderId}/cancel")
  @Operation(
      summary = "Cancel an order",
      description =
          "Gives back what an order that is not confirmed yet has taken: 200 when that is done, 202"
              + " if it has not ended in time. 409 order-confirmed if the order was faster. Users"
              + " cancel their own orders; repeating is safe.")
  @APIResponse(
      responseCode = "200",
      description = "Cancelled",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = OrderView.class)))
  @APIResponse(
      responseCode = "202",
      description = "Not ended yet",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = OrderView.class)))
  public Uni<Response> cancel(String orderId) {
    return own(orderId)
        .chain(orders::cancel)
        .map(
            order -> {
              OrderView view = OrderView.of(order);
              return switch (order.state()) {
                case CANCELLED -> Response.ok(view).build();
                case PENDING, CANCELLING -> located(ACCEPTED, view).build();
                default -> Problem.of(ProblemType.ORDER_CONFIRMED).with("order", view).toResponse();
              };
            });
  }

  @POST
  @Path("/{orderId}/refund")
  @RolesAllowed({Roles.SERVICE, Roles.ADMIN})
  @Operation(
      summary = "Refund an order",
      description =
          "Undoes a confirmed order in reverse: the units are available again, the coupon can be"
              + " used again, and what is left of the charge is given back. 200 when that is done,"
              + " 202 if it has not ended in time; repeating is safe. 409 order-not-confirmed if it"
              + " was never confirmed.")
  @APIResponse(
      responseCode = "200",
      description = "Refunded",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = OrderView.class)))
  @APIResponse(
      responseCode = "202",
      description = "Not ended yet",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = OrderView.class)))
  public Uni<Response> refund(String orderId, @Valid @NotNull NewOrderRefund request) {
    return own(orderId)
        .chain(order -> orders.refund(order, request.reason()))
        .map(
            order -> {
              OrderView view = OrderView.of(order);
              return switch (order.state()) {
                case REFUNDED -> Response.ok(view).build();
                case REFUNDING -> located(ACCEPTED, view).build();
                default ->
                    Problem.of(ProblemType.ORDER_NOT_CONFIRMED).with("order", view).toResponse();
              };
            });
  }

  /** Somebody else's is answered as one that is not there: nobody learns of it. */
  private Uni<Order> own(String orderId) {
    if (!Order.isId(orderId)) {
      throw Problem.of(ProblemType.UNKNOWN_ORDER).asException();
    }
    boolean all = user.actsForAll();
    String reader = user.id();
    return orders
        .find(orderId)
        .invoke(
            order -> {
              if (order == null || !all && !order.userId().equals(reader)) {
                throw Problem.of(ProblemType.UNKNOWN_ORDER).asException();
              }
            });
  }
}
