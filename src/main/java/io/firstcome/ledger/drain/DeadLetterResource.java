package io.firstcome.ledger.drain;

import io.firstcome.history.Recorded;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.Ids;
import io.firstcome.http.input.Paging;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.DeadLetters;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.security.RolesAllowed;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/**
 * Dead letters: decisions that MySQL refused for good, for the operator to look at and to replay.
 */
@Path("/api/v1/admin/ledgers/{ledger}/dead-letters")
@Produces(MediaType.APPLICATION_JSON)
@Tag(name = "Dead letters")
@RolesAllowed(Roles.OPERATOR)
class DeadLetterResource {

  private static final String ID = "[0-9]{1,19}-[0-9]{1,19}";
  private static final String ID_MESSAGE = "must be the id of a dead letter, as listed";

  /** The most that one call replays. */
  private static final int MAX_REPLAYED = 1_000;

  private final DeadLetters deadLetters;
  private final Drainer drainer;

  DeadLetterResource(DeadLetters deadLetters, Drainer drainer) {
    this.deadLetters = deadLetters;
    this.drainer = drainer;
  }

  /**
   * A dead letter.
   *
   * @param detail what was refused, and why
   * @param at when it was refused
   * @param entry the entry of the ledger, or the part of it that was refused
   */
  @Schema(name = "DeadLetter")
  record Item(
      @Schema(examples = "1795217746123-0") String id,
      @Schema(examples = "conflict") String reason,
      String detail,
      Instant at,
      Map<String, String> entry) {

    static Item of(DeadLetters.Waiting waiting) {
      String id = waiting.id();
      long millis = Long.parseUnsignedLong(id.substring(0, id.indexOf('-')));
      return new Item(
          id, waiting.reason(), waiting.detail(), Instant.ofEpochMilli(millis), waiting.entry());
    }
  }

  /**
   * A page of dead letters, oldest first.
   *
   * @param next ask for what comes after this one, or null: this was the last page
   */
  @Schema(name = "DeadLetters")
  record Items(List<Item> deadLetters, String next) {}

  /** How many dead letters are back in the ledger. */
  @Schema(name = "Replayed")
  record Replayed(@Schema(examples = "3") int replayed) {}

  @GET
  @RolesAllowed({Roles.AUDITOR, Roles.OPERATOR})
  @Operation(summary = "List dead letters", description = "Oldest first, paginated.")
  public Uni<Items> list(
      @Pattern(regexp = Ids.LEDGER, message = Ids.LEDGER_MESSAGE) String ledger,
      @QueryParam("after") @Pattern(regexp = ID, message = ID_MESSAGE) String after,
      @QueryParam("limit") @DefaultValue("100") @Min(1) @Max(1000) int limit) {
    return deadLetters
        .list(ledger, after, limit)
        .map(
            page ->
                new Items(
                    page.stream().map(Item::of).toList(),
                    Paging.next(page, limit, DeadLetters.Waiting::id)));
  }

  @POST
  @Recorded
  @Path("/{id}/replay")
  @Operation(
      summary = "Replay a dead letter",
      description =
          "Moves it back to the end of the ledger, unchanged. If MySQL rejects it again, it becomes"
              + " a dead letter again; stale-epoch always does.")
  @APIResponse(
      responseCode = "202",
      description = "Back in the ledger",
      content = @Content(schema = @Schema(implementation = Replayed.class)))
  public Uni<Response> replay(
      @Pattern(regexp = Ids.LEDGER, message = Ids.LEDGER_MESSAGE) String ledger,
      @Pattern(regexp = ID, message = ID_MESSAGE) String id) {
    return replay(ledger, List.of(id))
        .map(
            replayed ->
                replayed.replayed() == 0
                    ? Problem.of(ProblemType.UNKNOWN_DEAD_LETTER).toResponse()
                    : Response.accepted(replayed).build());
  }

  @POST
  @Recorded
  @Path("/replay")
  @Operation(
      summary = "Replay all dead letters",
      description = "Oldest first, up to 1,000 per call. Repeat the call while it returns 1,000.")
  @APIResponse(
      responseCode = "202",
      description = "Back in the ledger",
      content = @Content(schema = @Schema(implementation = Replayed.class)))
  public Uni<Response> replayAll(
      @Pattern(regexp = Ids.LEDGER, message = Ids.LEDGER_MESSAGE) String ledger) {
    return deadLetters
        .list(ledger, null, MAX_REPLAYED)
        .map(page -> page.stream().map(DeadLetters.Waiting::id).toList())
        .chain(ids -> replay(ledger, ids))
        .map(replayed -> Response.accepted(replayed).build());
  }

  private Uni<Replayed> replay(String ledger, List<String> ids) {
    return deadLetters
        .replay(ledger, ids)
        .invoke(
            moved -> {
              if (moved > 0) {
                drainer.wrote(ledger);
              }
            })
        .map(Replayed::new);
  }
}
