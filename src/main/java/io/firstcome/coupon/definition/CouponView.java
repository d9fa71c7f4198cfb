package io.firstcome.coupon.definition;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.firstcome.coupon.model.Codes;
import io.firstcome.coupon.model.CouponDefinition;
import io.firstcome.coupon.model.CouponTerms;
import io.firstcome.coupon.model.Discount;
import io.firstcome.coupon.model.OnLoss;
import io.firstcome.coupon.model.Policy;
import io.firstcome.coupon.model.Quotas;
import io.firstcome.coupon.model.Release;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.durability.Acknowledge;
import java.time.Instant;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A coupon as the API shows it. */
@Schema(name = "Coupon")
public record CouponView(
    @Schema(examples = "summer-2026") String id,
    @Schema(examples = "Summer sale") String name,
    @Schema(examples = "100") long quantity,
    @Schema(description = "Units issued", examples = "40") long issued,
    @Schema(
            description = "Units not issued because Redis may have issued them before it lost data",
            examples = "0")
        long withheld,
    @Schema(description = "Units left: quantity - issued - withheld", examples = "60")
        long remaining,
    Phase state,
    @Schema(description = "null: open since its creation", examples = "2026-07-01T10:00:00Z")
        Instant opensAt,
    @Schema(description = "null: no end", examples = "2026-07-02T10:00:00Z") Instant closesAt,
    @JsonProperty("audience")
        @Schema(description = "Whether only users of its audience may claim", examples = "false")
        boolean hasAudience,
    @Schema(description = "When a claim is acknowledged", examples = "REDIS")
        Acknowledge acknowledge,
    @Schema(
            description =
                "What happens to units that Redis may have issued before it lost data: they are"
                    + " withheld or issued again",
            examples = "WITHHOLD")
        OnLoss onLoss,
    @Schema(
            description = "Who may claim, an expression in CEL; null: everybody, or the audience",
            examples = "user.tier == 'gold'")
        String eligibility,
    @Schema(
            description = "The detail of not-eligible; null: the usual",
            examples = "This coupon is for gold members.")
        String eligibilityMessage,
    @Schema(description = "How units are given to those who want one", examples = "FIRST_COME")
        Policy policy,
    @Schema(description = "What it takes off an order; null: nothing") Discount discount,
    @JsonInclude(JsonInclude.Include.NON_NULL)
        @Schema(
            description = "Tickets in a lottery that is not drawn yet; absent otherwise",
            examples = "4711")
        Long tickets,
    @Schema(description = "The queue whose pass a claim needs; null: none", examples = "door")
        String queue,
    @Schema(
            description = "Behaves like any other coupon but is excluded from totals",
            examples = "false")
        boolean rehearsal,
    @Schema(
            description = "Number of Redis hash slots its units are spread over",
            examples = "1",
            defaultValue = "1")
        int shards,
    @Schema(description = "Units that a user may hold", examples = "1") int perUserLimit,
    @Schema(
            description =
                "What happens to a revoked unit: it is issued again, under another number, or not",
            examples = "RETURN")
        Release release,
    @Schema(
            description = "Units are redeemed from then on; null: from their issue",
            examples = "2026-07-02T00:00:00Z")
        Instant validFrom,
    @Schema(
            description = "Units are redeemed until then; null: no end",
            examples = "2026-08-01T00:00:00Z")
        Instant validUntil,
    @Schema(
            description =
                "How long a unit may be redeemed after its issue, in seconds; null: as validUntil"
                    + " says",
            examples = "86400")
        Long validForSeconds,
    @Schema(description = "Users who may wait for a unit; 0: no waitlist", examples = "100")
        int waitlist,
    @Schema(
            description =
                "How long a unit that comes back is offered to the first who waits, in seconds;"
                    + " null: it is issued at once",
            examples = "900")
        Long acceptWithinSeconds,
    @Schema(
            description = "QUEUED: units that are handed out in a second; null: each at once",
            examples = "50")
        Integer ratePerSecond,
    @Schema(
            description = "QUEUED: users who may be queued at a time; null: no queue",
            examples = "100000")
        Integer queueLimit,
    @Schema(description = "Issued units that are to be handed out in their turn", examples = "0")
        long queued,
    @Schema(description = "Users who wait for a unit", examples = "0") long waiting,
    @Schema(description = "Issued units that were offered and are not accepted yet", examples = "0")
        long offered,
    @Schema(
            description = "Whether units have codes, which their holders are shown",
            examples = "NONE")
        Codes codes,
    @JsonInclude(JsonInclude.Include.NON_NULL)
        @Schema(
            description =
                "The group of a user, an expression in CEL; absent: claims count against no group",
            examples = "user.region")
        String group,
    @JsonInclude(JsonInclude.Include.NON_NULL)
        @Schema(
            description =
                "Units that may be issued to each group; '*' counts all groups that are not named",
            examples = "{\"north\": 60, \"south\": 40}")
        Map<String, Long> quotas,
    @JsonInclude(JsonInclude.Include.NON_NULL)
        @Schema(
            description =
                "Units issued to each group; absent in lists if Redis does not hold the coupon",
            examples = "{\"north\": 12, \"south\": 0}")
        Map<String, Long> issuedByGroup,
    @Schema(description = "Increases with every change of the definition", examples = "1")
        long version,
    @Schema(description = "The time of Redis, the clock that decides whether the coupon is open")
        Instant serverTime) {

  /** What a claim would meet. */
  public enum Phase {
    NOT_OPEN,
    OPEN,
    PAUSED,
    SOLD_OUT,
    CLOSED
  }

  /** A coupon as Redis holds it. */
  static CouponView of(CouponState state) {
    return of(
        state.id(),
        state.definition(),
        state.issued(),
        state.withheld(),
        state.audience() >= 0,
        state.rehearsal(),
        state.version(),
        state.serverTime(),
        1,
        state.terms(),
        state.line(),
        state.issuedByGroup());
  }

  static CouponView of(
      String id,
      CouponDefinition defined,
      long issued,
      long withheld,
      boolean hasAudience,
      boolean rehearsal,
      long version,
      Instant serverTime,
      int shards,
      CouponTerms terms,
      CouponState.Line line,
      Map<String, Long> issuedByGroup) {
    return view(
        id,
        defined,
        issued,
        withheld,
        null,
        hasAudience,
        rehearsal,
        version,
        serverTime,
        shards,
        terms,
        line,
        issuedByGroup);
  }

  /**
   * A lottery before its draw: no unit is issued yet.
   *
   * @param tickets in it
   */
  static CouponView ofLottery(
      String id,
      CouponDefinition defined,
      long tickets,
      boolean hasAudience,
      boolean rehearsal,
      long version,
      Instant serverTime,
      CouponTerms terms) {
    return view(
        id,
        defined,
        0,
        0,
        tickets,
        hasAudience,
        rehearsal,
        version,
        serverTime,
        1,
        terms,
        CouponState.Line.NONE,
        Map.of());
  }

  private static CouponView view(
      String id,
      CouponDefinition defined,
      long issued,
      long withheld,
      Long tickets,
      boolean hasAudience,
      boolean rehearsal,
      long version,
      Instant serverTime,
      int shards,
      CouponTerms terms,
      CouponState.Line line,
      Map<String, Long> issuedByGroup) {
    long remaining = defined.quantity() - issued - withheld;
    return new CouponView(
        id,
        defined.name(),
        defined.quantity(),
        issued,
        withheld,
        remaining,
        phase(defined, remaining <= 0, serverTime),
        defined.opensAt(),
        defined.closesAt(),
        hasAudience,
        defined.acknowledge(),
        defined.onLoss(),
        orNull(defined.eligibility()),
        orNull(defined.eligibilityMessage()),
        defined.policy(),
        Discount.ofStored(defined.discount()),
        tickets,
        orNull(defined.queue()),
        rehearsal,
        shards,
        // That of the shard of a lottery is how many tickets a user may have.
        tickets == null ? terms.perUserLimit() : 1,
        terms.release(),
        terms.validFrom(),
        terms.validUntil(),
        terms.validForSeconds(),
        terms.waitlist(),
        terms.acceptWithinSeconds(),
        terms.ratePerSecond() == 0 ? null : Integer.valueOf(terms.ratePerSecond()),
        terms.queueLimit() == 0 ? null : Integer.valueOf(terms.queueLimit()),
        line.queued(),
        line.waiting(),
        line.offered(),
        terms.codes(),
        defined.group().isEmpty() ? null : defined.group(),
        defined.group().isEmpty() ? null : Quotas.ofStored(defined.quotas()).units(),
        issuedByGroup.isEmpty() ? null : issuedByGroup,
        version,
        serverTime);
  }

  private static String orNull(String text) {
    return text.isEmpty() ? null : text;
  }

  /** The order in which {@code claim.lua} judges. */
  static Phase phase(CouponDefinition defined, boolean soldOut, Instant now) {
    return switch (defined.lifecycle().at(now)) {
      case CLOSED -> Phase.CLOSED;
      case NOT_OPEN -> Phase.NOT_OPEN;
      case PAUSED -> Phase.PAUSED;
      case OPEN -> soldOut ? Phase.SOLD_OUT : Phase.OPEN;
    };
  }
}
