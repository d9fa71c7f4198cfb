package io.firstcome.queue.audit;

import static io.firstcome.queue.model.EventType.EVENT;

import io.firstcome.audit.AuditDesk;
import io.firstcome.audit.Report;
import io.firstcome.history.Recorded;
import io.firstcome.http.identity.Roles;
import io.firstcome.queue.model.QueueRequests;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Audits, repairs and recovers the queues of an event. */
@Path("/api/v1/admin")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed(Roles.OPERATOR)
class EventAdminResource {

  private final AuditDesk desk;

  EventAdminResource(AuditDesk desk) {
    this.desk = desk;
  }

  @GET
  @RolesAllowed({Roles.AUDITOR, Roles.OPERATOR})
  @Path("audit/events/{eventId}")
  @Blocking
  @Tag(name = "Audit")
  @Operation(
      summary = "Audit the queues of an event",
      description =
          "Checks that no queue has more users called and inside than its capacity, and compares"
              + " queues and entries in Redis and in MySQL.")
  public Report audit(String eventId) {
    QueueRequests.checkEvent(eventId);
    return desk.audit(EVENT, eventId);
  }

  @POST
  @Recorded
  @Path("audit/events/{eventId}/repair")
  @Blocking
  @Tag(name = "Audit")
  @Operation(
      summary = "Repair the queues of an event",
      description =
          "Repairs what it safely can: replays dead letters once, appends what MySQL lost to the"
              + " ledger again, and reloads the event into Redis where only Redis is wrong. Returns"
              + " what was done and the result of a new audit. Repeating the request is safe.")
  public AuditDesk.Repaired repair(String eventId) {
    QueueRequests.checkEvent(eventId);
    return desk.repair(EVENT, eventId);
  }

  @POST
  @Recorded
  @Path("events/{eventId}/recover")
  @Tag(name = "Recovery")
  @Operation(
      summary = "Recover the queues of an event",
      description =
          "Drains its ledger to MySQL and reloads its queues from MySQL. Until then requests for"
              + " them get 503 recovering or loading. Returns 204 when it is done, or 503 loading"
              + " if it takes longer and continues in the background.")
  @APIResponse(responseCode = "204", description = "Recovered")
  public Uni<Void> recover(String eventId) {
    QueueRequests.checkEvent(eventId);
    return desk.recover(EVENT, eventId);
  }
}
