package io.firstcome.payment.provider;

import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.rest.client.inject.RegisterRestClient;

/** What a payment service answers to, see docs/payments.md. */
@RegisterRestClient(configKey = "payment-provider", baseUri = "http://payment-provider.invalid")
@Path("/payments")
@Consumes(MediaType.APPLICATION_JSON)
@Produces(MediaType.APPLICATION_JSON)
public interface ProviderApi {

  /**
   * What is asked of it.
   *
   * @param paymentId also the idempotency key
   * @param kind CHARGE or REFUND
   * @param chargeId of a refund: the payment that it gives back
   * @param amount minor units
   */
  record Request(
      String paymentId,
      String kind,
      String chargeId,
      String userId,
      long amount,
      String currency) {}

  /**
   * What it answers.
   *
   * @param outcome SUCCEEDED or DECLINED; anything else says that it is not known yet
   * @param reason why it was declined
   */
  record Reply(String outcome, String reason) {}

  @POST
  Uni<Reply> pay(
      @HeaderParam("Authorization") String authorization,
      @HeaderParam("Idempotency-Key") String key,
      Request request);
}
