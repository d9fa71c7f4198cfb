package io.firstcome.stock.reservation;

import io.firstcome.decision.FastPath;
import io.firstcome.decision.Pending;
import io.firstcome.http.identity.CurrentUser;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.IdempotencyKey;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.pass.Passes;
import io.firstcome.ratelimit.RateLimits;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.ReservationRequest;
import io.firstcome.stock.model.Stock;
import io.firstcome.stock.model.StockConfig;
import io.firstcome.stock.model.StockRequests;
import io.firstcome.stock.sale.SaleResource;
import io.firstcome.stock.sale.StockRegistry;
import io.quarkus.security.Authenticated;
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
import java.time.Duration;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.NoCache;

/** Reservations: units taken by users, each for themselves, and sold by whoever takes the money. */
@Path("/api/v1/sales/{saleId}/reservations")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Reservations")
class ReservationResource {

  private final StockRegistry stocks;
  private final CurrentUser user;
  private final StockConfig config;
  private final RateLimits limits;
  private final ReservationHistory history;

  ReservationResource(
      StockRegistry stocks,
      CurrentUser user,
      StockConfig config,
      RateLimits limits,
      ReservationHistory history) {
    this.stocks = stocks;
    this.history = history;
    this.user = user;
    this.config = config;
    this.limits = limits;
  }

  @POST
  @Authenticated
  @Operation(
      summary = "Reserve units",
      description =
          "201 with the granted units per line; 409 insufficient-stock with the same lines"
              + " if none were granted. Repeating the request with the same key within 24 hours"
              + " takes nothing more: it returns the same result with the current status and the"
              + " header Idempotent-Replayed: true. A different request with that key gets 422"
              + " idempotency-mismatch. Items whose strategies cannot be combined get 422"
              + " mixed-strategies.")
  @APIResponse(
      responseCode = "201",
      description = "Granted, in whole or in part",
      content = @Content(schema = @Schema(implementation = ReservationView.class)))
  @Parameter(
      name = Passes.HEADER,
      in = ParameterIn.HEADER,
      description = "The pass of a queue, where the sale demands one",
      schema = @Schema(type = SchemaType.STRING))
  public Uni<Response> reserve(
      String saleId,
      @HeaderParam(IdempotencyKey.HEADER) String key,
      NewReservation request,
      @Context RoutingContext http) {
    StockRequests.checkSale(saleId);
    IdempotencyKey.check(key);
    ReservationRequest order = request.order(saleId, user.id(), key, config);
    return limits
        .pass(http.request(), order.userId())
        .chain(
            () -> {
              FastPath.counted(http);
              return Pending.<Reservation>uni(
                  user.caller(),
                  queueId -> Passes.of(http.request(), queueId),
                  pending -> stocks.reserve(order, pending));
            })
        .map(ReservationResource::response);
  }

  private static Response response(Reservation reservation) {
    Response.ResponseBuilder response =
        reservation.status() == Reservation.Status.REFUSED
            ? Response.fromResponse(reservation.refusal().toResponse())
            : Response.status(Response.Status.CREATED)
                .header(HttpHeaders.LOCATION, location(reservation))
                .entity(ReservationView.of(reservation));
    return IdempotencyKey.response(response, reservation.replayed());
  }

  /** Where the reservation is read, relative to the host (RFC 9110). */
  static String location(Reservation reservation) {
    return SaleResource.PATH + reservation.saleId() + "/reservations/" + reservation.id();
  }

  @GET
  @Path("/{reservationId}")
  @Authenticated
  @Operation(
      summary = "Read a reservation",
      description =
          "Users read their own reservation; services and operators read any reservation.")
  public Uni<ReservationView> read(String saleId, String reservationId) {
    return asked(saleId, reservationId, (stock, owner) -> stock.find(saleId, reservationId, owner));
  }

  @POST
  @Path("/{reservationId}/confirm")
  @RolesAllowed({Roles.SERVICE, Roles.ADMIN})
  @Operation(
      summary = "Confirm a reservation",
      description =
          "Marks its units as sold; called by the service that knows that it is paid. Repeating is"
              + " safe; 409 reservation-expired or reservation-cancelled if it is too late.")
  public Uni<ReservationView> confirm(String saleId, String reservationId) {
    return asked(saleId, reservationId, (stock, owner) -> stock.confirm(saleId, reservationId))
        .invoke(reservation -> mustBe(reservation, ReservationView.Status.CONFIRMED));
  }

  @POST
  @Path("/{reservationId}/cancel")
  @Authenticated
  @Operation(
      summary = "Cancel a reservation",
      description =
          "Releases its units. Users cancel their own reservation; services and operators cancel"
              + " any. Repeating is safe, also after expiry; 409 reservation-confirmed if it is"
              + " sold.")
  public Uni<ReservationView> cancel(String saleId, String reservationId) {
    return asked(
            saleId, reservationId, (stock, owner) -> stock.cancel(saleId, reservationId, owner))
        .invoke(
            reservation -> {
              if (reservation.status() == ReservationView.Status.CONFIRMED) {
                throw Problem.of(ProblemType.RESERVATION_CONFIRMED).asException();
              }
            });
  }

  @POST
  @Path("/{reservationId}/extend")
  @Authenticated
  @Operation(
      summary = "Extend a reservation",
      description =
          "Holds its units for longer, once: until 'ttlSeconds' from now, never shorter than"
              + " before. Users extend their own reservation; services and admins any. Repeating"
              + " changes nothing; 'expiresAt' says how long it is held. 409 if it is not held.")
  public Uni<ReservationView> extend(
      String saleId, String reservationId, @NotNull HoldFor request) {
    Duration time = request.time(config);
    return asked(
            saleId,
            reservationId,
            (stock, owner) -> stock.extend(saleId, reservationId, owner, time, user.id()))
        .invoke(reservation -> mustBe(reservation, ReservationView.Status.HELD));
  }

  @POST
  @Path("/{reservationId}/take-again")
  @RolesAllowed({Roles.SERVICE, Roles.ADMIN})
  @Operation(
      summary = "Take the units of an expired reservation again",
      description =
          "For a payment that comes late: holds the same units again, for 'ttlSeconds' from now,"
              + " while they are left, within 24 hours after the reservation was made. Changes"
              + " nothing if it is held or confirmed. 409 insufficient-stock with the lines that"
              + " are short; 409 reservation-expired after 24 hours.")
  public Uni<ReservationView> takeAgain(
      String saleId, String reservationId, @NotNull HoldFor request) {
    Duration time = request.time(config);
    return asked(
            saleId,
            reservationId,
            (stock, owner) -> stock.takeAgain(saleId, reservationId, time, user.id()))
        .invoke(
            reservation -> {
              if (reservation.status() != ReservationView.Status.CONFIRMED) {
                mustBe(reservation, ReservationView.Status.HELD);
              }
            });
  }

  @POST
  @Path("/{reservationId}/undo")
  @RolesAllowed({Roles.SERVICE, Roles.OPERATOR})
  @Operation(
      summary = "Undo a confirmation",
      description =
          "For a refund: makes the sold units available again, also for the same user. The history"
              + " says who did it and why. Repeating is safe; 409 if it was never confirmed.")
  public Uni<ReservationView> undo(
      String saleId, String reservationId, @Valid @NotNull Undo request) {
    return any(
            saleId,
            reservationId,
            stock -> stock.undo(saleId, reservationId, user.id(), request.reason()))
        .invoke(reservation -> mustBe(reservation, ReservationView.Status.UNDONE));
  }

  @GET
  @NoCache
  @Path("/{reservationId}/history")
  @Authenticated
  @Operation(
      summary = "Read the history of a reservation",
      description =
          "How it was made, changed and ended, in order, by whom and why. Reads MySQL, so what is"
              + " still in the ledger is missing. Users read their own; services, operators and"
              + " auditors any.")
  public Uni<ReservationHistory.Steps> history(String saleId, String reservationId) {
    StockRequests.checkSale(saleId);
    String owner = user.actsForAll() || user.readsAll() ? null : user.id();
    return history.of(saleId, reservationId, owner);
  }

  private static void mustBe(ReservationView reservation, ReservationView.Status wanted) {
    if (reservation.status() == wanted) {
      return;
    }
    throw Problem.of(
            switch (reservation.status()) {
              case HELD -> ProblemType.RESERVATION_HELD;
              case CONFIRMED -> ProblemType.RESERVATION_CONFIRMED;
              case CANCELLED -> ProblemType.RESERVATION_CANCELLED;
              case EXPIRED -> ProblemType.RESERVATION_EXPIRED;
              case UNDONE -> ProblemType.RESERVATION_UNDONE;
            })
        .asException();
  }

  /** Somebody else's is answered as one that is not there: nobody learns of it. */
  private Uni<ReservationView> asked(
      String saleId, String reservationId, BiFunction<Stock, String, Uni<Reservation>> question) {
    String owner = user.actsForAll() ? null : user.id();
    return any(saleId, reservationId, stock -> question.apply(stock, owner));
  }

  private Uni<ReservationView> any(
      String saleId, String reservationId, Function<Stock, Uni<Reservation>> question) {
    StockRequests.checkSale(saleId);
    return stocks
        .ask(saleId, reservationId, question)
        .map(
            reservation -> {
              if (reservation == null || reservation.status() == Reservation.Status.REFUSED) {
                throw Problem.of(ProblemType.UNKNOWN_RESERVATION).asException();
              }
              return ReservationView.of(reservation);
            });
  }
}
