package io.firstcome.stock.reservation;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.firstcome.http.identity.CurrentUser;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.stock.model.ReservationLine;
import io.quarkus.security.Authenticated;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jboss.resteasy.reactive.NoCache;

/** What a user has reserved in all sales, from MySQL. */
@Path("/api/v1/me/reservations")
@Produces(MediaType.APPLICATION_JSON)
@Authenticated
@Tag(name = "Reservations")
class MyReservationsResource {

  /** When the last reservation of a page was made, in microseconds since 1970, and its id. */
  private static final String KEY = "[0-9]{1,16}\\.[a-z0-9]{1,32}";

  /** After whatever there is. */
  private static final String START = "7258118400000000.z";

  private static final String STATES = "HELD|CONFIRMED|CANCELLED|EXPIRED|UNDONE";

  private static final String OVER = "(r.status = 'HELD' AND r.expires_at <= UTC_TIMESTAMP(6))";

  private final Pool mysql;
  private final MySqlCalls calls;
  private final CurrentUser user;

  MyReservationsResource(Pool mysql, MySqlCalls calls, CurrentUser user) {
    this.mysql = mysql;
    this.calls = calls;
    this.user = user;
  }

  /** A reservation of the user. */
  @Schema(name = "MyReservation")
  record Mine(
      @Schema(examples = "summer-2026") String saleId,
      @Schema(description = "Name of the sale", examples = "Summer sale") String name,
      @Schema(examples = "h3f9a6c0d1b2e4f5061728394a5b6c7") String id,
      ReservationView.Status status,
      @Schema(examples = "2026-07-01T10:00:00.000001Z") Instant createdAt,
      @Schema(
              description = "When the held units are released, or were to be",
              examples = "2026-07-01T10:10:00.000001Z")
          Instant expiresAt,
      @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(
              description = "When it was confirmed, cancelled or undone, or its expiry was noticed",
              examples = "2026-07-01T10:05:00.000001Z")
          Instant endedAt,
      List<ReservationLine> lines) {}

  /**
   * A page of reservations.
   *
   * @param next ask for what comes after this one, or null: this was the last page
   */
  @Schema(name = "MyReservations")
  record Page(List<Mine> reservations, String next) {}

  @GET
  @NoCache
  @Operation(
      summary = "List the user's reservations",
      description =
          "The newest first, of all sales, paginated. Reads MySQL, so reservations still in the"
              + " ledger are missing.")
  public Uni<Page> list(
      @QueryParam("state") @Pattern(regexp = STATES, message = "must be one of " + STATES)
          String state,
      @QueryParam("after")
          @DefaultValue(START)
          @Pattern(regexp = KEY, message = "must be 'next' of the page before")
          String after,
      @QueryParam("limit") @DefaultValue("100") @Min(1) @Max(1000) int limit) {
    int dot = after.indexOf('.');
    LocalDateTime before =
        Micros.toDateTime(
            Math.min(Long.parseLong(after.substring(0, dot)), Micros.of(Micros.LIMIT)));
    return calls
        .bounded(
            mysql
                .preparedQuery(
                    "SELECT r.sale_id, s.name, r.id, CASE WHEN "
                        + OVER
                        + " THEN 'EXPIRED' ELSE r.status END AS state, r.created_at, r.expires_at,"
                        + " r.ended_at, r.line_items FROM reservation r"
                        + " JOIN sale s ON s.id = r.sale_id WHERE r.user_id = ?"
                        + " AND (r.created_at < ? OR r.created_at = ? AND r.id < ?)"
                        + condition(state)
                        + " ORDER BY r.created_at DESC, r.id DESC LIMIT ?")
                .execute(
                    Tuple.from(
                        List.of(user.id(), before, before, after.substring(dot + 1), limit))))
        .map(rows -> page(rows, limit));
  }

  private static String condition(String state) {
    if (state == null) {
      return "";
    }
    return switch (ReservationView.Status.valueOf(state)) {
      case HELD -> " AND r.status = 'HELD' AND NOT " + OVER;
      case EXPIRED -> " AND (r.status = 'EXPIRED' OR " + OVER + ")";
      case CONFIRMED, CANCELLED, UNDONE -> " AND r.status = '" + state + "'";
    };
  }

  private static Page page(RowSet<Row> rows, int limit) {
    List<Mine> all = new ArrayList<>();
    String next = null;
    for (Row row : rows) {
      LocalDateTime ended = row.getLocalDateTime("ended_at");
      all.add(
          new Mine(
              row.getString("sale_id"),
              row.getString("name"),
              row.getString("id"),
              ReservationView.Status.valueOf(row.getString("state")),
              Micros.toInstant(row.getLocalDateTime("created_at")),
              Micros.toInstant(row.getLocalDateTime("expires_at")),
              ended == null ? null : Micros.toInstant(ended),
              ReservationLine.decode(row.getString("line_items"))));
      next = Micros.of(row.getLocalDateTime("created_at")) + "." + row.getString("id");
    }
    return new Page(all, rows.size() < limit ? null : next);
  }
}
