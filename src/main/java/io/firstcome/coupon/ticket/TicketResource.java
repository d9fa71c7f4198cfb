package io.firstcome.coupon.ticket;

import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.CouponRequests;
import io.firstcome.coupon.model.Ticket;
import io.firstcome.http.identity.CurrentUser;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.live.LiveStreams;
import io.quarkus.security.Authenticated;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Tickets: where a user stands who did not get a unit at once. */
@Path("/api/v1/coupons/{couponId}/tickets/{userId}")
@Produces(MediaType.APPLICATION_JSON)
@Authenticated
@Tag(name = "Tickets")
class TicketResource {

  private final Tickets tickets;
  private final CurrentUser user;
  private final LiveStreams streams;

  TicketResource(Tickets tickets, CurrentUser user, LiveStreams streams) {
    this.tickets = tickets;
    this.user = user;
    this.streams = streams;
  }

  @GET
  @Operation(
      summary = "Read a ticket",
      description =
          "The place on the waitlist, an offer, or what became of it. Users read their own;"
              + " operators read any.")
  public Uni<Ticket> read(String couponId, String userId) {
    checkReader(couponId, userId);
    return tickets.read(couponId, userId);
  }

  @GET
  @Path("/live")
  @Produces(MediaType.SERVER_SENT_EVENTS)
  @Blocking
  @Operation(
      summary = "Watch a ticket",
      description =
          "Server-sent events named 'ticket': the current state, then one event per change."
              + " Comments serve as heartbeats. Users watch their own; operators watch any.")
  @APIResponse(
      responseCode = "200",
      description = "The data of each event is the ticket",
      content = @Content(schema = @Schema(implementation = Ticket.class)))
  public Multi<OutboundSseEvent> watch(
      String couponId, String userId, @Context Sse sse, @Context RoutingContext request) {
    checkReader(couponId, userId);
    return streams.of(
        request,
        sse,
        "ticket",
        couponId + "/" + userId,
        () -> tickets.read(couponId, userId),
        ticket -> ticket);
  }

  @POST
  @Path("/accept")
  @Operation(
      summary = "Accept an offered unit",
      description =
          "Responds once it is in MySQL; repeating the request is safe. 409 offer-lapsed if it"
              + " comes too late.")
  public Uni<Claim> accept(String couponId, String userId) {
    checkOwner(couponId, userId);
    return tickets.accept(couponId, userId);
  }

  @DELETE
  @Operation(
      summary = "Leave the waitlist",
      description =
          "Gives up the place; the user may claim again, at the end. A unit that was offered is"
              + " declined for good and goes to the next user. Responds once it is in MySQL; a user"
              + " without a place gets 404 no-ticket.")
  @APIResponse(responseCode = "204", description = "Left")
  public Uni<Void> leave(String couponId, String userId) {
    checkOwner(couponId, userId);
    return tickets.leave(couponId, userId);
  }

  private void checkReader(String couponId, String userId) {
    CouponRequests.checkId(couponId);
    CouponRequests.checkUser(userId);
    if (!user.is(userId) && !user.readsAll()) {
      throw Problem.of(ProblemType.FORBIDDEN).asException();
    }
  }

  private void checkOwner(String couponId, String userId) {
    CouponRequests.checkId(couponId);
    CouponRequests.checkUser(userId);
    if (!user.is(userId)) {
      throw Problem.of(ProblemType.FORBIDDEN).asException();
    }
  }
}
