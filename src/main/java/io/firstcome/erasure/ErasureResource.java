package io.firstcome.erasure;

import io.firstcome.history.Recorded;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.UserId;
import io.firstcome.work.Permits;
import io.quarkus.arc.All;
import io.smallrye.common.annotation.Blocking;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Erases a user's personal data; numbers, counts and stock stay as they are. */
@Path("/api/v1/admin/users/{userId}")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Users")
@RolesAllowed(Roles.ERASER)
class ErasureResource {

  private final List<Erasable> rooms;

  /** It looks through all coupons, sales and events: one at a time. */
  private final Permits one =
      new Permits(1, "This replica is erasing another user. Retry after 'Retry-After' seconds.");

  ErasureResource(@All List<Erasable> rooms) {
    this.rooms = rooms;
  }

  /** In how many coupons, events, orders, payments and sales the user was. */
  @Schema(name = "Erased")
  record Erased(
      @Schema(examples = "{\"coupons\":2,\"events\":0,\"orders\":2,\"payments\":3,\"sales\":1}")
          Map<String, Integer> erased) {}

  @DELETE
  @Recorded
  @Blocking
  @Operation(
      summary = "Erase a user",
      description =
          "Replaces the user's id by a pseudonym in every claim, audience, reservation, queue"
              + " entry, payment and dead letter, in Redis and in MySQL. Sequence numbers, counts,"
              + " stock and amounts do not change."
              + " Responds when it is done. Repeating the request is safe.")
  public Erased erase(String userId) {
    UserId.check(userId);
    return one.run(
        () -> {
          Map<String, Integer> erased = new TreeMap<>();
          rooms.forEach(room -> erased.put(room.plural(), room.erase(userId)));
          return new Erased(erased);
        });
  }
}
