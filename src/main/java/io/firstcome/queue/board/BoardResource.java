package io.firstcome.queue.board;

import io.firstcome.live.LiveStreams;
import io.firstcome.queue.model.QueueRequests;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.PermitAll;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** The status of a queue, for all who wait. */
@Path(QueueRequests.PATH + "/{queueId}")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Queues")
class BoardResource {

  /** Caches in between may answer for us. */
  private static final String CACHEABLE = "public, max-age=1";

  private final Boards boards;
  private final LiveStreams streams;

  BoardResource(Boards boards, LiveStreams streams) {
    this.boards = boards;
    this.streams = streams;
  }

  @GET
  @Path("/status")
  @PermitAll
  @Operation(
      summary = "Read the status of a queue",
      description =
          "The same for everybody, and cacheable for a second: a user who knows the place of their"
              + " entry derives from 'head' how many are ahead. With If-None-Match 304 if nothing"
              + " has changed. At most a second old; up to a minute while Redis is unavailable.")
  @APIResponse(
      responseCode = "200",
      description = "The status",
      content = @Content(schema = @Schema(implementation = BoardView.class)))
  public Uni<Response> status(String queueId, @Context RoutingContext http) {
    QueueRequests.checkQueue(queueId);
    String known = http.request().getHeader(HttpHeaders.IF_NONE_MATCH);
    return boards
        .of(queueId)
        .map(
            board ->
                (board.tag().equals(known)
                        ? Response.notModified()
                        : Response.ok(board.body(), MediaType.APPLICATION_JSON_TYPE))
                    .header(HttpHeaders.ETAG, board.tag())
                    .header(HttpHeaders.CACHE_CONTROL, CACHEABLE)
                    .build());
  }

  @GET
  @Path("/live")
  @Blocking
  @PermitAll
  @Produces(MediaType.SERVER_SENT_EVENTS)
  @Operation(
      summary = "Watch a queue",
      description =
          "Server-sent events named 'queue': the current status, then one event per change. For"
              + " users near the front; the others poll the status, since streams are limited.")
  @APIResponse(
      responseCode = "200",
      description = "The data of each event is the status",
      content = @Content(schema = @Schema(implementation = BoardView.class)))
  public Multi<OutboundSseEvent> watch(
      String queueId, @Context Sse sse, @Context RoutingContext request) {
    QueueRequests.checkQueue(queueId);
    return streams.of(
        request,
        sse,
        "queue",
        queueId,
        () -> boards.of(queueId).map(Boards.Board::view),
        BoardView::toString);
  }
}
