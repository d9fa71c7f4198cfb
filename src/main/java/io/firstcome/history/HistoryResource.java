package io.firstcome.history;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import io.firstcome.http.identity.Roles;
import io.firstcome.http.input.Instants;
import io.firstcome.http.input.Paging;
import io.firstcome.http.input.UserId;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.MySqlCalls;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.annotation.security.RolesAllowed;
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
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** Who changed what. */
@Path("/api/v1/admin/history")
@Produces(MediaType.APPLICATION_JSON)
@RolesAllowed({Roles.AUDITOR, Roles.OPERATOR})
@Tag(name = "History")
class HistoryResource {

  private static final String WORD = "[a-z-]{1,32}";
  private static final String WORD_MESSAGE = "must be 1 to 32 of a-z and '-'";
  private static final String SUBJECT = "[A-Za-z0-9:~/-]{1,160}";

  private final Pool mysql;
  private final MySqlCalls calls;

  HistoryResource(Pool mysql, MySqlCalls calls) {
    this.mysql = mysql;
    this.calls = calls;
  }

  /** A change that somebody made. */
  @Schema(name = "AdminChange")
  record Entry(
      @Schema(examples = "42") long id,
      @Schema(description = "The time of MySQL", examples = "2026-07-01T09:00:00.000123Z")
          Instant at,
      @Schema(description = "Who made it", examples = "olga") String actor,
      @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(description = "From where", examples = "192.0.2.17")
          String address,
      @Schema(description = "Of what", examples = "coupon") String type,
      @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(
              description = "Its id; of an item with that of the sale in front; absent for a user",
              examples = "summer-2026")
          String subject,
      @Schema(examples = "pause") String action,
      @JsonInclude(JsonInclude.Include.NON_EMPTY)
          @Schema(description = "X-Reason of the request", examples = "Wrong price")
          String reason,
      @Schema(description = "UNKNOWN: the request failed, and may have changed it")
          History.Outcome outcome,
      @JsonRawValue
          @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(type = SchemaType.OBJECT, description = "What differed before")
          String before,
      @JsonRawValue
          @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(type = SchemaType.OBJECT, description = "What differs since, or what was done")
          String after) {}

  /**
   * A page of changes, the newest first.
   *
   * @param next ask for what comes before this one, or null: this was the last page
   */
  @Schema(name = "History")
  record Page(List<Entry> changes, Long next) {}

  @GET
  @Operation(
      summary = "List changes",
      description =
          "Who changed, created, paused, closed, restocked, repaired, recovered, replayed or erased"
              + " what, newest first, paginated by 'before'.")
  public Uni<Page> list(
      @QueryParam("type") @Pattern(regexp = WORD, message = WORD_MESSAGE) String type,
      @QueryParam("subject")
          @Pattern(regexp = SUBJECT, message = "must be an id, or two with a slash between them")
          String subject,
      @QueryParam("actor") @Pattern(regexp = UserId.PATTERN, message = UserId.MESSAGE) String actor,
      @QueryParam("action") @Pattern(regexp = WORD, message = WORD_MESSAGE) String action,
      @QueryParam("from") @Pattern(regexp = Instants.PATTERN, message = Instants.MESSAGE)
          String from,
      @QueryParam("to") @Pattern(regexp = Instants.PATTERN, message = Instants.MESSAGE) String to,
      @QueryParam("before") @DefaultValue("" + Long.MAX_VALUE) @Min(1) long before,
      @QueryParam("limit") @DefaultValue("100") @Min(1) @Max(1000) int limit) {
    StringBuilder where = new StringBuilder(" WHERE id < ?");
    List<Object> params = new ArrayList<>(List.of(before));
    filter(where, params, "type = ?", type);
    filter(where, params, "subject = ?", subject);
    filter(where, params, "actor = ?", actor);
    filter(where, params, "action = ?", action);
    filter(where, params, "changed_at >= ?", time("from", from));
    filter(where, params, "changed_at < ?", time("to", to));
    params.add(limit);
    return calls
        .bounded(
            mysql
                .preparedQuery(
                    "SELECT id, changed_at, actor, address, type, subject, action, reason,"
                        + " outcome, was, becomes FROM admin_change"
                        + where
                        + " ORDER BY id DESC LIMIT ?")
                .execute(Tuple.from(params)))
        .map(
            rows -> {
              List<Entry> page = new ArrayList<>();
              rows.forEach(row -> page.add(entry(row)));
              return new Page(page, Paging.next(page, limit, Entry::id));
            });
  }

  private static Object time(String name, String text) {
    Instant time = Instants.of(name, text);
    return time == null ? null : Micros.toDateTime(Micros.of(time));
  }

  private static void filter(
      StringBuilder where, List<Object> params, String condition, Object value) {
    if (value != null) {
      where.append(" AND ").append(condition);
      params.add(value);
    }
  }

  private static Entry entry(Row row) {
    return new Entry(
        row.getLong("id"),
        Micros.toInstant(row.getLocalDateTime("changed_at")),
        row.getString("actor"),
        row.getString("address"),
        row.getString("type"),
        row.getString("subject"),
        row.getString("action"),
        row.getString("reason"),
        History.Outcome.valueOf(row.getString("outcome")),
        row.getString("was"),
        row.getString("becomes"));
  }
}
