package io.firstcome.payment.charge;

import io.firstcome.http.identity.CurrentUser;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.IdempotencyKey;
import io.firstcome.http.input.Money;
import io.firstcome.http.input.OpaqueId;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.payment.model.Payment;
import io.firstcome.payment.model.PaymentRequest;
import io.firstcome.ratelimit.RateLimits;
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
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Payments: money taken from users once, and given back. */
@Path("/api/v1/payments")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Payments")
class PaymentResource {

  private static final String PATH = "/api/v1/payments/";
  private static final String LETTERS = String.valueOf(PaymentTable.LETTER);
  private static final int ACCEPTED = 202;

  private final Payments payments;
  private final CurrentUser user;
  private final RateLimits limits;

  PaymentResource(Payments payments, CurrentUser user, RateLimits limits) {
    this.payments = payments;
    this.user = user;
    this.limits = limits;
  }

  @POST
  @Authenticated
  @Operation(
      summary = "Pay",
      description =
          "Takes money once. Users pay with their own; services and operators may name a user. 201 if"
              + " it was taken; 402 payment-declined if it was not; 202 if the provider has not"
              + " answered: the service keeps asking, so read the payment or repeat the request."
              + " Repeating the request with the same key within 24 hours takes nothing more: it"
              + " returns the same result with the header Idempotent-Replayed: true, or 409"
              + " payment-in-progress while the first is being processed.")
  @APIResponse(
      responseCode = "201",
      description = "Paid",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = PaymentView.class)))
  @APIResponse(
      responseCode = "202",
      description = "The provider has not answered",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = PaymentView.class)))
  public Uni<Response> pay(
      @HeaderParam(IdempotencyKey.HEADER) String key,
      @Valid @NotNull NewPayment request,
      @Context RoutingContext http) {
    IdempotencyKey.check(key);
    Money.checkCurrency(request.currency());
    if (!payments.isConfigured(request.provider())) {
      throw Problem.malformed("provider", "is not configured here").asException();
    }
    if (request.userId() != null && !user.is(request.userId()) && !user.actsForAll()) {
      throw Problem.of(ProblemType.FORBIDDEN).asException();
    }
    PaymentRequest payment = request.request(user.id(), key);
    // Services pay for many; a user leaves a row for each key.
    return user.actsForAll()
        ? paid(payment)
        : limits.pass(http.request(), payment.caller()).chain(() -> paid(payment));
  }

  @POST
  @Path("/{paymentId}/refunds")
  @RolesAllowed({Roles.SERVICE, Roles.ADMIN})
  @Operation(
      summary = "Refund a payment",
      description =
          "Gives back money of a charge, in whole or in part, never more than was taken. Responds as a"
              + " payment does; repeating the request with the same key is safe.")
  @APIResponse(
      responseCode = "201",
      description = "Refunded",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = PaymentView.class)))
  @APIResponse(
      responseCode = "202",
      description = "The provider has not answered",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = PaymentView.class)))
  public Uni<Response> refund(
      String paymentId,
      @HeaderParam(IdempotencyKey.HEADER) String key,
      @Valid @NotNull NewRefund request) {
    IdempotencyKey.check(key);
    checkId(paymentId);
    return paid(request.request(paymentId, user.id(), key));
  }

  @GET
  @Path("/{paymentId}")
  @Authenticated
  @Operation(
      summary = "Read a payment",
      description = "Users read their own payments; services and operators read any payment.")
  public Uni<PaymentView> read(String paymentId) {
    checkId(paymentId);
    return payments
        .find(paymentId)
        .map(
            payment -> {
              if (payment == null || !user.actsForAll() && !user.is(payment.userId())) {
                throw Problem.of(ProblemType.UNKNOWN_PAYMENT).asException();
              }
              return PaymentView.of(payment);
            });
  }

  private Uni<Response> paid(PaymentRequest request) {
    return payments
        .pay(request)
        .map(paid -> IdempotencyKey.response(response(paid.payment()), paid.replayed()));
  }

  private static Response.ResponseBuilder response(Payment payment) {
    PaymentView view = PaymentView.of(payment);
    if (payment.outcome() == Payment.Outcome.DECLINED) {
      return Response.fromResponse(
          Problem.of(ProblemType.PAYMENT_DECLINED).with("payment", view).toResponse());
    }
    return Response.status(payment.succeeded() ? Response.Status.CREATED.getStatusCode() : ACCEPTED)
        .header(HttpHeaders.LOCATION, PATH + payment.id())
        .entity(view);
  }

  private static void checkId(String paymentId) {
    if (!OpaqueId.isValid(paymentId, LETTERS)) {
      throw Problem.of(ProblemType.UNKNOWN_PAYMENT).asException();
    }
  }
}
