package io.firstcome.queue.entry;

import io.firstcome.history.Recorded;
import io.firstcome.http.edge.Created;
import io.firstcome.http.identity.CurrentUser;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.Paging;
import io.firstcome.http.input.UserId;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.queue.model.EntryState;
import io.firstcome.queue.model.QueueRequests;
import io.firstcome.ratelimit.RateLimits;
import io.quarkus.security.Authenticated;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
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

/** Entries: users join, staff call them and say what becomes of them. */
@Path(QueueRequests.PATH + "/{queueId}")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Queue entries")
class EntryResource {

  // An enum as a parameter would be answered with 404 where it has no such value.
  private static final String STATES = "WAITING|CALLED|INSIDE|COMPLETED|NO_SHOW|LEFT";

  private final Entries entries;
  private final EntryList list;
  private final CurrentUser user;
  private final RateLimits limits;

  EntryResource(Entries entries, EntryList list, CurrentUser user, RateLimits limits) {
    this.entries = entries;
    this.list = list;
    this.user = user;
    this.limits = limits;
  }

  /** Who was called, in the order of joining. */
  @Schema(name = "QueueCall")
  record Called(List<EntryView> called) {}

  @POST
  @Path("/entries")
  @Authenticated
  @Operation(
      summary = "Join a queue",
      description =
          "201 with the user's entry; 200 with the same entry while it is active. 409"
              + " too-many-entries, with the entries, if the user is in the maximum number of"
              + " queues of the event; 409 queue-not-open if the queue is not open. Where the"
              + " operator permits it, a client without credentials joins by 32 random bytes as"
              + " base64url in X-Visitor-Secret, and sends them again to read, leave and get a"
              + " pass.")
  @APIResponse(
      responseCode = "201",
      description = "Joined",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = EntryView.class)))
  @APIResponse(
      responseCode = "200",
      description = "Joined earlier",
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(implementation = EntryView.class)))
  public Uni<Response> join(String queueId, @Context RoutingContext http) {
    QueueRequests.checkQueue(queueId);
    String userId = user.id();
    return limits
        .pass(http.request(), userId)
        .chain(() -> entries.join(queueId, userId))
        .map(
            joined ->
                Created.response(
                    joined.isNew(),
                    QueueRequests.PATH + "/" + queueId + "/entries/" + userId,
                    EntryView.of(joined.entry())));
  }

  /**
   * A page of entries.
   *
   * @param next ask for what comes after this number, or null: this was the last page
   */
  @Schema(name = "QueueEntryPage")
  record EntryPage(List<EntryView> entries, String next) {}

  @GET
  @NoCache
  @Path("/entries")
  @RolesAllowed({Roles.SERVICE, Roles.ADMIN})
  @Operation(
      summary = "List entries",
      description =
          "Entries in one state, ordered by number, paginated, as MySQL has them: moves of the last"
              + " moments may be missing.")
  public Uni<EntryPage> list(
      String queueId,
      @QueryParam("state")
          @DefaultValue("CALLED")
          @Pattern(regexp = STATES, message = "must be one of " + STATES)
          String state,
      @QueryParam("after") @DefaultValue("0") @Min(0) long after,
      @QueryParam("limit") @DefaultValue("50") @Min(1) @Max(100) int limit) {
    QueueRequests.checkQueue(queueId);
    return list.page(queueId, EntryState.valueOf(state), after, limit)
        .map(
            page ->
                new EntryPage(
                    page, Paging.next(page, limit, entry -> String.valueOf(entry.number()))));
  }

  @GET
  @NoCache
  @Path("/entries/{userId}")
  @Authenticated
  @Operation(
      summary = "Read an entry",
      description =
          "The user's last entry. Users read their own; services and operators read any. A user who"
              + " was let into a ROOM and reads it is inside from then on.")
  public Uni<EntryView> read(String queueId, String userId) {
    QueueRequests.checkQueue(queueId);
    checkOwn(userId);
    return entries.read(queueId, userId, user.is(userId)).map(EntryView::of);
  }

  @POST
  @Recorded
  @Path("/call-next")
  @RolesAllowed({Roles.SERVICE, Roles.ADMIN})
  @Operation(
      summary = "Call the next users",
      description =
          "Calls the first who wait, at most as many as the queue has places for; a room lets them"
              + " in. Not idempotent: a repetition calls more users.")
  public Uni<Called> call(String queueId, @Valid @NotNull NewCall request) {
    QueueRequests.checkQueue(queueId);
    return entries
        .call(queueId, request.count())
        .map(called -> new Called(called.stream().map(EntryView::of).toList()));
  }

  @POST
  @Path("/entries/{userId}/enter")
  @RolesAllowed({Roles.SERVICE, Roles.ADMIN})
  @Operation(
      summary = "Let a called user enter",
      description = "Repeating is safe and counts once. 409 entry-state unless the user is called.")
  public Uni<EntryView> enter(
      String queueId, String userId, @QueryParam("number") @Min(1) Long number) {
    return move(queueId, userId, EntryMove.ENTER, number);
  }

  @POST
  @Path("/entries/{userId}/complete")
  @RolesAllowed({Roles.SERVICE, Roles.ADMIN})
  @Operation(
      summary = "Complete an entry",
      description = "Repeating is safe and counts once. 409 entry-state unless the user is inside.")
  public Uni<EntryView> complete(
      String queueId, String userId, @QueryParam("number") @Min(1) Long number) {
    return move(queueId, userId, EntryMove.COMPLETE, number);
  }

  @POST
  @Path("/entries/{userId}/no-show")
  @RolesAllowed({Roles.SERVICE, Roles.ADMIN})
  @Operation(
      summary = "Record a no-show",
      description =
          "A called user did not come; happens by itself after the call's time. Repeating is safe"
              + " and counts once. 409 entry-state unless the user is called.")
  public Uni<EntryView> noShow(
      String queueId, String userId, @QueryParam("number") @Min(1) Long number) {
    return move(queueId, userId, EntryMove.NO_SHOW, number);
  }

  @POST
  @Path("/entries/{userId}/leave")
  @Authenticated
  @Operation(
      summary = "Leave a queue",
      description =
          "Users leave themselves; services and operators let any user leave. Repeating is safe and"
              + " counts once. 409 entry-state if the entry ended otherwise.")
  public Uni<EntryView> leave(
      String queueId, String userId, @QueryParam("number") @Min(1) Long number) {
    checkOwn(userId);
    return move(queueId, userId, EntryMove.LEAVE, number);
  }

  @POST
  @Path("/entries/{userId}/pass")
  @Authenticated
  @Operation(
      summary = "Get a pass",
      description =
          "For a user inside; a further request returns a new pass with a new end, so a pass is"
              + " renewed while the user is inside. Users get their own pass; services and"
              + " operators get any. 409 entry-state unless the user is inside; 409 passes-off if"
              + " the service has no secret.")
  public Uni<PassView> pass(String queueId, String userId, @Context RoutingContext http) {
    QueueRequests.checkQueue(queueId);
    checkOwn(userId);
    return limits
        .pass(http.request(), userId)
        .chain(() -> entries.pass(queueId, userId))
        .map(PassView::of);
  }

  private Uni<EntryView> move(String queueId, String userId, EntryMove move, Long number) {
    QueueRequests.checkQueue(queueId);
    UserId.check(userId);
    return entries.move(queueId, userId, move, number).map(EntryView::of);
  }

  private void checkOwn(String userId) {
    UserId.check(userId);
    if (!user.is(userId) && !user.actsForAll()) {
      throw Problem.of(ProblemType.FORBIDDEN).asException();
    }
  }
}
