package io.firstcome.payment.charge;

import io.firstcome.payment.provider.Callbacks;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.security.PermitAll;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
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

  CallbackResource(Callbacks callbacks, Payments payments) {
    this.callbacks = callbacks;
    this.payments = payments;
  }

  @POST
  @PermitAll
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(
      summary = "Tell the outcome of a payment",
      description =
          "For the payment service, which signs the body: 401 if X-Signature is missing, wrong or too"
              + " old. The first outcome that is known stands; repeating a callback is safe.")
  public Uni<PaymentView> told(@HeaderParam(Callbacks.SIGNATURE) String signature, byte[] body) {
    Callbacks.Callback callback = callbacks.read(signature, body == null ? new byte[0] : body);
    return payments.told(callback.paymentId(), callback.answer()).map(PaymentView::of);
  }
}
