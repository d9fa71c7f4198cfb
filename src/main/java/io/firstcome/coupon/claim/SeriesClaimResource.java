package io.firstcome.coupon.claim;

import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.LotteryEntry;
import io.firstcome.coupon.model.Ticket;
import io.firstcome.coupon.series.OpenDrops;
import io.firstcome.coupon.series.SeriesIds;
import io.firstcome.http.identity.Caller;
import io.firstcome.http.identity.CurrentUser;
import io.firstcome.pass.Passes;
import io.firstcome.ratelimit.RateLimits;
import io.quarkus.security.Authenticated;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Claims of the drop of a series that is open. */
@Path("/api/v1/series/{seriesId}/claims")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Series")
class SeriesClaimResource {

  private final OpenDrops drops;
  private final Claims claims;
  private final CurrentUser user;
  private final RateLimits limits;

  SeriesClaimResource(OpenDrops drops, Claims claims, CurrentUser user, RateLimits limits) {
    this.drops = drops;
    this.claims = claims;
    this.user = user;
    this.limits = limits;
  }

  @POST
  @Authenticated
  @Operation(
      summary = "Claim from the open drop",
      description =
          "What a claim of the drop that is open gets; of the next one where none is open yet. The"
              + " claim names its coupon, and is read there.")
  @APIResponse(
      responseCode = "201",
      description = "Issued",
      content = @Content(schema = @Schema(implementation = Claim.class)))
  @APIResponse(
      responseCode = "202",
      description = ClaimResource.ACCEPTED,
      content = @Content(schema = @Schema(oneOf = {Ticket.class, LotteryEntry.class})))
  @Parameter(
      name = Passes.HEADER,
      in = ParameterIn.HEADER,
      description = "The pass of a queue, where the drop demands one",
      schema = @Schema(type = SchemaType.STRING))
  public Uni<Response> claim(String seriesId, @Context RoutingContext request) {
    SeriesIds.check(seriesId);
    Caller caller = user.caller();
    return limits
        .pass(request.request(), caller.getName())
        .chain(() -> drops.couponId(seriesId))
        .chain(
            couponId ->
                claims.claim(couponId, caller, 1, queueId -> Passes.of(request.request(), queueId)))
        .map(ClaimResource::posted);
  }
}
