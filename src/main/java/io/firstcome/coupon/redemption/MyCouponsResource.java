package io.firstcome.coupon.redemption;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.firstcome.coupon.code.ClaimCodes;
import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.Codes;
import io.firstcome.coupon.model.CouponTerms;
import io.firstcome.coupon.model.Shard;
import io.firstcome.http.identity.CurrentUser;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.redis.Keys;
import io.quarkus.security.Authenticated;
import io.smallrye.mutiny.Multi;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;

/** What a user holds of all coupons, from MySQL. */
@Path("/api/v1/me/coupons")
@Produces(MediaType.APPLICATION_JSON)
@Authenticated
@Tag(name = "Claims")
class MyCouponsResource {

  /** A coupon's or shard's id, and a unit. */
  private static final String KEY = "[A-Za-z0-9._~-]{1,80}/[0-9]{1,9}";

  private static final String EXPIRED =
      "COALESCE(UTC_TIMESTAMP(6) >= COALESCE("
          + "k.issued_at + INTERVAL c.valid_for SECOND, c.valid_until), FALSE)";

  private static final String STATES = "ISSUED|QUEUED|OFFERED|REDEEMED|REVOKED|EXPIRED";

  private static final String OPEN =
      "(k.state IS NULL OR k.state IN ('unredeemed', 'accepted', 'handed'))";

  private final Pool mysql;
  private final MySqlCalls calls;
  private final ClaimCodes codes;
  private final CurrentUser user;

  MyCouponsResource(Pool mysql, MySqlCalls calls, ClaimCodes codes, CurrentUser user) {
    this.mysql = mysql;
    this.calls = calls;
    this.codes = codes;
    this.user = user;
  }

  /** What a unit is good for. */
  public enum State {
    ISSUED(OPEN + " AND NOT " + MyCouponsResource.EXPIRED),
    QUEUED("k.state = 'queued'"),
    OFFERED("k.state = 'offered'"),
    REDEEMED("k.state = 'redeemed'"),
    REVOKED("k.state IN ('revoked', 'returned')"),
    EXPIRED(OPEN + " AND " + MyCouponsResource.EXPIRED);

    private final String condition;

    State(String condition) {
      this.condition = condition;
    }
  }

  /** A unit that the user was issued. */
  @Schema(name = "MyUnit")
  record Unit(
      @Schema(examples = "summer-2026") String couponId,
      @Schema(examples = "Summer sale") String name,
      @Schema(description = "Number of the unit", examples = "1") long sequence,
      @Schema(examples = "2026-07-01T10:00:00.000123Z") Instant issuedAt,
      State state,
      @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(
              description = "It can be redeemed from then on",
              examples = "2026-07-02T00:00:00Z")
          Instant validFrom,
      @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(description = "It can be redeemed until then", examples = "2026-08-01T00:00:00Z")
          Instant validUntil,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Schema(examples = "order-4711")
          String orderReference,
      @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(
              description = "Absent if the coupon has no codes, or if the unit is revoked",
              examples = "7H3K-9QWE-1RTY-X")
          String code) {

    Unit withCode(String text) {
      return new Unit(
          couponId, name, sequence, issuedAt, state, validFrom, validUntil, orderReference, text);
    }
  }

  /**
   * A page of units.
   *
   * @param next ask for what comes after this one, or null: this was the last page
   */
  @Schema(name = "MyCoupons")
  record Page(List<Unit> units, String next) {}

  @GET
  @Operation(
      summary = "List what the user holds",
      description =
          "Unit by unit, by coupon, paginated. Reads MySQL, so claims still in the ledger are"
              + " missing.")
  public Uni<Page> list(
      @QueryParam("state") @Pattern(regexp = STATES, message = "must be one of " + STATES)
          String state,
      @QueryParam("after")
          @DefaultValue("")
          @Pattern(regexp = KEY + "|", message = "must be 'next' of the page before")
          String after,
      @QueryParam("limit") @DefaultValue("100") @Min(1) @Max(1000) int limit) {
    int slash = after.lastIndexOf('/');
    String coupon = slash < 0 ? "" : after.substring(0, slash);
    long unit = slash < 0 ? 0 : Long.parseLong(after.substring(slash + 1));
    return calls
        .bounded(
            mysql
                .preparedQuery(
                    "SELECT k.coupon_id, c.name, k.sequence, k.issued_at, k.state, k.reference,"
                        + " k.unit, "
                        + EXPIRED
                        + " AS expired, "
                        + CouponTerms.COLUMNS
                        + " FROM claim k JOIN coupon c ON c.id = k.coupon_id WHERE k.user_id = ?"
                        // Entries of a lottery are no units.
                        + " AND NOT (c.policy = 'lottery' AND c.campaign IS NOT NULL)"
                        + " AND (k.coupon_id > ? OR k.coupon_id = ? AND k.unit > ?)"
                        + (state == null ? "" : " AND " + State.valueOf(state).condition)
                        + " ORDER BY k.coupon_id, k.unit LIMIT ?")
                .execute(Tuple.from(List.of(user.id(), coupon, coupon, unit, limit))))
        .flatMap(rows -> page(rows, limit));
  }

  private Uni<Page> page(RowSet<Row> rows, int limit) {
    List<Unit> units = new ArrayList<>();
    Map<String, List<Long>> coded = new TreeMap<>();
    String next = null;
    for (Row row : rows) {
      Unit unit = unit(row);
      units.add(unit);
      if (!row.getString("codes").equals(Codes.NONE.stored()) && unit.state() != State.REVOKED) {
        coded.computeIfAbsent(unit.couponId(), id -> new ArrayList<>()).add(unit.sequence());
      }
      next = row.getString("coupon_id") + "/" + row.getLong("unit");
    }
    String last = rows.size() < limit ? null : next;
    return withCodes(units, coded).map(shown -> new Page(shown, last));
  }

  /**
   * @param coded the numbers of units that have codes, by coupon
   */
  private Uni<List<Unit>> withCodes(List<Unit> units, Map<String, List<Long>> coded) {
    if (coded.isEmpty()) {
      return Uni.createFrom().item(units);
    }
    Map<String, Map<Long, String>> byCoupon = new HashMap<>();
    return Multi.createFrom()
        .iterable(coded.entrySet())
        .onItem()
        .transformToUniAndConcatenate(
            one ->
                codes
                    .of(one.getKey(), one.getValue())
                    .invoke(some -> byCoupon.put(one.getKey(), some)))
        .collect()
        .last()
        .map(
            all ->
                units.stream()
                    .map(
                        unit ->
                            unit.withCode(
                                byCoupon
                                    .getOrDefault(unit.couponId(), Map.of())
                                    .get(unit.sequence())))
                    .toList());
  }

  private static Unit unit(Row row) {
    String id = row.getString("coupon_id");
    Shard shard = Shard.of(id);
    long sequence = row.getLong("sequence");
    Instant issuedAt = Micros.toInstant(row.getLocalDateTime("issued_at"));
    CouponTerms terms = CouponTerms.of(row.getDelegate());
    Claim.State state = Claim.State.of(row.getString("state"));
    return new Unit(
        Keys.campaignOf(id),
        row.getString("name"),
        shard == null ? sequence : shard.told(sequence),
        issuedAt,
        state == null
            ? row.getLong("expired") == 1 ? State.EXPIRED : State.ISSUED
            : State.valueOf(state.name()),
        terms.validFrom(),
        terms.endOf(issuedAt),
        state == Claim.State.REDEEMED ? row.getString("reference") : null,
        null);
  }
}
