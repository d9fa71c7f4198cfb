package io.firstcome.payment.charge;

import io.firstcome.http.identity.AddressLimit;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.payment.provider.Callbacks;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.PermitAll;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** What the payment service calls when it knows what became of a payment. */
@Path("/api/v1/payments/callbacks/http")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Payments")
class CallbackResource {

  private final Callbacks callbacks;
  private final Payments payments;
  private final AddressLimit addresses;

  CallbackResource(Callbacks callbacks, Payments payments, AddressLimit addresses) {
    this.callbacks = callbacks;
    this.payments = payments;
    this.addresses = addresses;
  }

  @POST
  @PermitAll
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(
      summary = "Tell the outcome of a payment",
      description =
          "For the payment service, which signs the body: 401 if X-Signature is missing, wrong or"
              + " too old. The first outcome that is known stands; repeating a callback is safe.")
  public Uni<PaymentView> told(
      @HeaderParam(Callbacks.SIGNATURE) String signature,
      byte[] body,
      @Context RoutingContext http) {
    Problem refusal = addresses.refusal(http.request());
    if (refusal != null) {
      throw refusal.asException();
    }
    Callbacks.Callback callback;
    try {
      callback = callbacks.read(signature, body == null ? new byte[0] : body);
    } catch (ProblemException e) {
      // As with all credentials: what is none takes from what its address may do.
      return e.problem().type() == ProblemType.UNAUTHENTICATED
          ? addresses.failed(http.request()).chain(() -> Uni.createFrom().failure(e))
          : Uni.createFrom().failure(e);
    }
    return payments.told(callback.paymentId(), callback.answer()).map(PaymentView::of);
  }
}
