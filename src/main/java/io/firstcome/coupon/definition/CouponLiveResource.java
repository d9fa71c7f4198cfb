package io.firstcome.coupon.definition;

import io.firstcome.coupon.model.CouponRequests;
import io.firstcome.live.LiveStreams;
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
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** A coupon's numbers while they change. */
@Path("/api/v1/coupons/{couponId}/live")
@Produces(MediaType.SERVER_SENT_EVENTS)
@Tag(name = "Coupons")
class CouponLiveResource {

  private final CouponViews views;
  private final LiveStreams streams;

  CouponLiveResource(CouponViews views, LiveStreams streams) {
    this.views = views;
    this.streams = streams;
  }

  @GET
  @Blocking
  @PermitAll
  @Operation(
      summary = "Watch a coupon",
      description =
          "Server-sent events named 'coupon': the current state, then one event per change."
              + " Comments serve as heartbeats.")
  @APIResponse(
      responseCode = "200",
      description = "The data of each event is the coupon",
      content = @Content(schema = @Schema(implementation = CouponView.class)))
  public Multi<OutboundSseEvent> watch(
      String couponId, @Context Sse sse, @Context RoutingContext request) {
    CouponRequests.checkId(couponId);
    return streams.of(
        request,
        sse,
        "coupon",
        couponId,
        () -> views.of(couponId),
        coupon ->
            List.of(
                coupon.version(),
                coupon.issued(),
                coupon.state(),
                coupon.queued(),
                coupon.waiting(),
                coupon.offered()));
  }
}
