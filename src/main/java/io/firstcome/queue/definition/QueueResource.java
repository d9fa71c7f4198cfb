package io.firstcome.queue.definition;

import io.firstcome.history.Recorded;
import io.firstcome.history.Recorder;
import io.firstcome.http.edge.Created;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.Ids;
import io.firstcome.http.input.Paging;
import io.firstcome.queue.model.QueueRequests;
import io.firstcome.queue.model.QueueStatus;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.PermitAll;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.NoCache;

/** Queues: defined by the operator, read by all. */
@Path(QueueRequests.PATH)
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Queues")
class QueueResource {

  private final Queues queues;
  private final Recorder recorder;

  QueueResource(Queues queues, Recorder recorder) {
    this.queues = queues;
    this.recorder = recorder;
  }

  /**
   * A page of queues.
   *
   * @param next ask for what comes after this one, or null: this was the last page
   */
  record QueuePage(List<QueueSummary> queues, String next) {}

  @POST
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Create a queue",
      description =
          "201 if it was created; 200 if the same request created it earlier; 409 queue-exists if a"
              + " different request did. The mode CALLED has callTimeoutSeconds and autoCall, the"
              + " mode ROOM has perSecond, insideSeconds and opensAt.")
  @APIResponse(
      responseCode = "201",
      description = "Created",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = QueueView.class)))
  @APIResponse(
      responseCode = "200",
      description = "Created earlier by the same request",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = QueueView.class)))
  public Uni<Response> create(@Valid @NotNull NewQueue request, @Context RoutingContext http) {
    return queues
        .create(request, recorder.of(http.request()))
        .map(
            created ->
                Created.response(
                    created.isNew(),
                    QueueRequests.PATH + "/" + created.view().id(),
                    created.view()));
  }

  @GET
  @NoCache
  @PermitAll
  @Operation(
      summary = "List queues",
      description = "Ordered by id, paginated; of one event if given.")
  public Uni<QueuePage> list(
      @QueryParam("event")
          @DefaultValue("")
          @Pattern(regexp = "|" + Ids.COUPON, message = Ids.COUPON_MESSAGE)
          String event,
      @QueryParam("after")
          @DefaultValue("")
          @Pattern(regexp = "|" + Ids.COUPON, message = Ids.COUPON_MESSAGE)
          String after,
      @QueryParam("limit") @DefaultValue("50") @Min(1) @Max(100) int limit) {
    return queues
        .list(event, after, limit)
        .map(page -> new QueuePage(page, Paging.next(page, limit, QueueSummary::id)));
  }

  @GET
  @NoCache
  @Path("/{queueId}")
  @PermitAll
  @Operation(
      summary = "Read a queue",
      description = "With the numbers of users waiting, called and inside.")
  public Uni<QueueView> read(String queueId) {
    QueueRequests.checkQueue(queueId);
    return queues.read(queueId);
  }

  @PATCH
  @Recorded
  @Path("/{queueId}")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Change a queue",
      description =
          "Responds once the change is in MySQL. 409 capacity-below-occupied if more users are"
              + " called and inside than the new capacity.")
  public Uni<QueueView> change(String queueId, @Valid @NotNull QueuePatch patch) {
    QueueRequests.checkQueue(queueId);
    return queues.change(queueId, patch);
  }

  @POST
  @Recorded
  @Path("/{queueId}/pause")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Pause a queue",
      description = "Nobody joins and nobody is called until it is resumed.")
  public Uni<QueueView> pause(String queueId) {
    return change(queueId, QueueStatus.PAUSED);
  }

  @POST
  @Recorded
  @Path("/{queueId}/resume")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(summary = "Resume a queue", description = "Opens a frozen, paused or draining queue.")
  public Uni<QueueView> resume(String queueId) {
    return change(queueId, QueueStatus.OPEN);
  }

  @POST
  @Recorded
  @Path("/{queueId}/freeze")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Freeze a queue",
      description = "Users join and keep their places, and nobody is called until it is resumed.")
  public Uni<QueueView> freeze(String queueId) {
    return change(queueId, QueueStatus.FROZEN);
  }

  @POST
  @Recorded
  @Path("/{queueId}/drain")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Drain a queue",
      description = "Nobody joins any more; those who wait are called.")
  public Uni<QueueView> drain(String queueId) {
    return change(queueId, QueueStatus.DRAINING);
  }

  @POST
  @Recorded
  @Path("/{queueId}/close")
  @RolesAllowed(Roles.OPERATOR)
  @Operation(
      summary = "Close a queue",
      description =
          "Permanent. Nobody joins, is called or enters any more; users inside can complete.")
  public Uni<QueueView> close(String queueId) {
    return change(queueId, QueueStatus.CLOSED);
  }

  private Uni<QueueView> change(String queueId, QueueStatus status) {
    QueueRequests.checkQueue(queueId);
    return queues.change(queueId, status);
  }
}
