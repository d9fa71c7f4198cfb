package io.firstcome.coupon.model;

import io.firstcome.durability.Acknowledge;
import io.firstcome.eligibility.Rules;
import io.firstcome.http.input.Digests;
import io.firstcome.http.input.Ids;
import io.firstcome.http.input.PlainText;
import io.firstcome.lifecycle.Status;
import io.firstcome.mysql.Micros;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A coupon as the operator orders it. */
@Schema(description = "A new coupon")
public record NewCoupon(
    @Pattern(regexp = Ids.COUPON, message = Ids.COUPON_MESSAGE)
        @Schema(description = "Generated if omitted", examples = "summer-2026")
        String id,
    @NotBlank
        @Size(max = PlainText.MAX_LENGTH)
        @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
        @Schema(examples = "Summer sale")
        String name,
    @NotNull @Min(1) @Max(MAX_QUANTITY) @Schema(examples = "100") Long quantity,
    @Schema(description = "Opens immediately if omitted", examples = "2026-07-01T10:00:00Z")
        Instant opensAt,
    @Schema(description = "No end if omitted", examples = "2026-07-02T10:00:00Z") Instant closesAt,
    @Schema(description = "Whether only users of its audience may claim", examples = "false")
        Boolean audience,
    @Schema(
            description = "When a claim is acknowledged; firstcome.acknowledge if omitted",
            examples = "DATABASE")
        Acknowledge acknowledge,
    @Schema(
            description =
                "What happens to units that Redis may have issued before it lost data: they are"
                    + " withheld or issued again",
            examples = "WITHHOLD",
            defaultValue = "WITHHOLD")
        OnLoss onLoss,
    @Schema(
            description = "Behaves like any other coupon but is excluded from totals",
            examples = "false")
        Boolean rehearsal,
    @Min(1)
        @Max(Shard.MOST)
        @Schema(
            description = "Number of Redis hash slots its units are spread over",
            examples = "1",
            defaultValue = "1")
        Integer shards,
    @Min(1)
        @Max(MAX_PER_USER)
        @Schema(
            description = "Units that a user may hold; more than 1 cannot be combined with shards",
            examples = "1",
            defaultValue = "1")
        Integer perUserLimit,
    @Schema(
            description =
                "What happens to a revoked unit: it is issued again, under another number, or not",
            examples = "RETURN",
            defaultValue = "RETURN")
        Release release,
    @Schema(
            description = "Units are redeemed from then on; from their issue if omitted",
            examples = "2026-07-02T00:00:00Z")
        Instant validFrom,
    @Schema(
            description = "Units are redeemed until then; no end if omitted",
            examples = "2026-08-01T00:00:00Z")
        Instant validUntil,
    @Min(1)
        @Max(MAX_VALID_SECONDS)
        @Schema(
            description =
                "How long a unit may be redeemed after its issue, in seconds; cannot be combined"
                    + " with validUntil",
            examples = "86400")
        Long validForSeconds,
    @Size(max = Rules.MAX_BYTES)
        @Pattern(regexp = RULE, message = PlainText.MESSAGE)
        @Schema(
            description =
                "Who may claim: an expression in CEL over the verified attributes of the user;"
                    + " everybody if omitted",
            examples = "user.tier == 'gold' && 'beta' in user.groups")
        String eligibility,
    @Size(max = PlainText.MAX_LENGTH)
        @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
        @Schema(
            description = "The detail of not-eligible",
            examples = "This coupon is for gold members.")
        String eligibilityMessage,
    @Schema(
            description = "How units are given to those who want one",
            examples = "FIRST_COME",
            defaultValue = "FIRST_COME")
        Policy policy,
    @Valid NewLottery lottery,
    @Pattern(regexp = "|" + Ids.COUPON, message = Ids.COUPON_MESSAGE)
        @Schema(
            description = "The queue whose pass a claim needs; none if omitted",
            examples = "door")
        String queue,
    @Schema(description = "Nothing if omitted") Discount discount,
    @Min(0)
        @Max(MAX_WAITLIST)
        @Schema(
            description =
                "Users who may wait for a unit after the last was issued; cannot be combined with"
                    + " shards",
            examples = "100",
            defaultValue = "0")
        Integer waitlist,
    @Min(1)
        @Max(MAX_ACCEPT_SECONDS)
        @Schema(
            description =
                "How long a unit that comes back is offered to the first who waits, in seconds; it"
                    + " is issued at once if omitted",
            examples = "900")
        Long acceptWithinSeconds,
    @Min(1)
        @Max(MAX_RATE)
        @Schema(
            description =
                "QUEUED: units that are handed out in a second, in the order of their claims",
            examples = "50")
        Integer ratePerSecond,
    @Min(1)
        @Max(MAX_QUEUE)
        @Schema(
            description = "QUEUED: users who may be queued at a time; 100,000 if omitted",
            examples = "100000")
        Integer queueLimit,
    @Schema(
            description =
                "Codes of the units: none, one for all, a generated one for each, or those of an"
                    + " uploaded pool",
            examples = "GENERATED",
            defaultValue = "NONE")
        Codes codes,
    @Pattern(regexp = CODE_PREFIX, message = CODE_PREFIX_MESSAGE)
        @Schema(description = "What each generated code begins with", examples = "SAVE")
        String codePrefix,
    @Min(MIN_CODE_SYMBOLS)
        @Max(MAX_CODE_SYMBOLS)
        @Schema(
            description =
                "Random symbols of a generated code, of 5 bits each; at least 16 above a quantity"
                    + " of 1,000,000. If omitted 12, or 16 above that quantity",
            examples = "12")
        Integer codeLength,
    @Pattern(regexp = SHARED_CODE, message = SHARED_CODE_MESSAGE)
        @Schema(
            description = "The code of all units if 'codes' is SHARED; generated if omitted",
            examples = "SUMMER-26")
        String sharedCode,
    @Size(max = Rules.MAX_BYTES)
        @Pattern(regexp = RULE, message = PlainText.MESSAGE)
        @Schema(
            description =
                "The group of a user, which 'quotas' counts: an expression in CEL over the verified"
                    + " attributes of the user that yields a string",
            examples = "user.region")
        String group,
    @Schema(
            description =
                "Units that may be issued to each group; '*' counts all groups that are not named",
            examples = "{\"north\": 60, \"south\": 40}")
        Map<String, Long> quotas) {

  /** The most units a coupon can have. */
  public static final long MAX_QUANTITY = 1_000_000_000;

  /** The most units that are handed out in a second. */
  public static final int MAX_RATE = 1_000;

  /** The most users who may be queued at a time. */
  public static final int MAX_QUEUE = 1_000_000;

  private static final int USUAL_QUEUE = 100_000;

  /** The most users who may wait for a unit. */
  public static final int MAX_WAITLIST = 100_000;

  /** Thirty days. */
  private static final long MAX_ACCEPT_SECONDS = 2_592_000;

  /** A hundred years. */
  private static final long MAX_VALID_SECONDS = 3_155_760_000L;

  /** The most units of a coupon that a user may hold. */
  public static final int MAX_PER_USER = 100;

  /** Up to 10^6 units have codes of 60 random bits at least, more have 80: symbols of 5 bits. */
  public static final int MIN_CODE_SYMBOLS = 12;

  /** The same above {@link #MANY_CODES} units. */
  public static final int MIN_SYMBOLS_OF_MANY = 16;

  public static final long MANY_CODES = 1_000_000;

  /** With the longest prefix and the check symbol 31, up to which the check symbol is exact. */
  private static final int MAX_CODE_SYMBOLS = 24;

  private static final String CODE_PREFIX = "[0-9A-HJKMNP-TV-Z]{0,6}";
  private static final String CODE_PREFIX_MESSAGE =
      "must be at most 6 digits and capital letters without I, L, O and U, which are mistaken for"
          + " others";

  private static final String SHARED_CODE = "[A-Za-z0-9][A-Za-z0-9-]{2,30}[A-Za-z0-9]";
  private static final String SHARED_CODE_MESSAGE =
      "must be 4 to 32 letters, digits and inner hyphens";

  /** A rule may have several lines. */
  public static final String RULE = "[\\t\\n\\r[^\\p{Cc}\\p{Cs}]]*";

  public NewCoupon {
    opensAt = Micros.truncate(opensAt);
    closesAt = Micros.truncate(closesAt);
    validFrom = Micros.truncate(validFrom);
    validUntil = Micros.truncate(validUntil);
    release = release == null ? Release.RETURN : release;
    audience = Boolean.TRUE.equals(audience);
    onLoss = onLoss == null ? OnLoss.WITHHOLD : onLoss;
    rehearsal = Boolean.TRUE.equals(rehearsal);
    shards = shards == null ? 1 : shards;
    perUserLimit = perUserLimit == null ? 1 : perUserLimit;
    eligibility = eligibility == null ? "" : eligibility;
    eligibilityMessage = eligibilityMessage == null ? "" : eligibilityMessage;
    policy = policy == null ? Policy.FIRST_COME : policy;
    lottery = policy == Policy.LOTTERY && lottery == null ? new NewLottery(null, null) : lottery;
    queue = queue == null ? "" : queue;
    waitlist = waitlist == null ? 0 : waitlist;
    codes = codes == null ? Codes.NONE : codes;
    codePrefix = codePrefix == null ? "" : codePrefix;
    group = group == null ? "" : group;
  }

  /** How many random symbols each code has. */
  public int codeSymbols() {
    return codeLength != null
        ? codeLength
        : quantity > MANY_CODES ? MIN_SYMBOLS_OF_MANY : MIN_CODE_SYMBOLS;
  }

  /** A coupon of which nothing but this is said. */
  public static NewCoupon of(String id, String name, long quantity) {
    return new NewCoupon(
        id, name, quantity, null, null, null, null, null, null, null, null, null, null, null, null,
        null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        null);
  }

  /**
   * This request's coupon, as it starts in MySQL; of a campaign, its shards behind it. Those who
   * enter a lottery claim units of a shard, which has as many as there may be tickets.
   */
  public List<Coupon> coupons(Acknowledge.Setting level, long maxTickets) {
    String couponId = id == null ? UUID.randomUUID().toString() : id;
    List<Coupon> coupons = new ArrayList<>();
    coupons.add(coupon(couponId, quantity, level));
    if (policy == Policy.LOTTERY) {
      coupons.get(0).shards = 0;
      Coupon entries = part(Shard.ofEntries(couponId), maxTickets, level);
      entries.terms =
          new CouponTerms(
              lottery.tickets().isEmpty() ? 1 : NewLottery.MAX_TICKETS,
              release,
              validFrom,
              validUntil,
              validForSeconds,
              0,
              null,
              0,
              0,
              codes);
      coupons.add(entries);
      return coupons;
    }
    coupons.get(0).shards = shards;
    List<Shard> parts = shards == 1 ? List.of() : Shard.all(couponId, shards);
    for (Shard shard : parts) {
      coupons.add(part(shard, shard.share(quantity), level));
    }
    return coupons;
  }

  private Coupon part(Shard shard, long units, Acknowledge.Setting level) {
    Coupon part = coupon(shard.id(), units, level);
    part.campaign = shard.campaign();
    part.followed = part.version;
    part.granted = units;
    part.taken = units;
    return part;
  }

  /** What is fixed of the draw of this coupon; empty where it is no lottery. */
  public List<Draw> draws(String couponId) {
    return policy == Policy.LOTTERY ? List.of(Draw.first(couponId, lottery)) : List.of();
  }

  private Coupon coupon(String couponId, long units, Acknowledge.Setting level) {
    Coupon coupon = new Coupon();
    coupon.id = couponId;
    coupon.definition =
        new CouponDefinition(
            name,
            units,
            opensAt,
            closesAt,
            Status.OPEN,
            level.orDefault(acknowledge),
            onLoss,
            eligibility,
            eligibilityMessage,
            policy,
            queue,
            Discount.stored(discount),
            group,
            Quotas.of(quotas).stored());
    coupon.audience = audience;
    coupon.rehearsal = rehearsal;
    coupon.terms =
        new CouponTerms(
            perUserLimit,
            release,
            validFrom,
            validUntil,
            validForSeconds,
            waitlist,
            acceptWithinSeconds,
            ratePerSecond == null ? 0 : ratePerSecond,
            placesInQueue(),
            codes);
    coupon.version = 1;
    coupon.creation = digest();
    return coupon;
  }

  private int placesInQueue() {
    if (policy != Policy.QUEUED) {
      return 0;
    }
    return queueLimit == null ? USUAL_QUEUE : queueLimit;
  }

  /** Tells whether a request is this one again, whatever has become of the coupon since. */
  private String digest() {
    return Digests.of(
        String.join(
                "\n",
                name,
                quantity.toString(),
                String.valueOf(opensAt),
                String.valueOf(closesAt),
                String.valueOf(audience))
            // Only where they say something, so that requests from before they were keep theirs.
            + (acknowledge == null ? "" : "\nacknowledge " + acknowledge)
            + (onLoss == OnLoss.WITHHOLD ? "" : "\nonLoss " + onLoss)
            + (rehearsal ? "\nrehearsal" : "")
            + (shards == 1 ? "" : "\nshards " + shards)
            + (perUserLimit == 1 ? "" : "\nperUserLimit " + perUserLimit)
            + (release == Release.RETURN ? "" : "\nrelease " + release)
            + (validFrom == null ? "" : "\nvalidFrom " + validFrom)
            + (validUntil == null ? "" : "\nvalidUntil " + validUntil)
            + (validForSeconds == null ? "" : "\nvalidForSeconds " + validForSeconds)
            + (eligibility.isEmpty() ? "" : "\neligibility " + eligibility)
            + (eligibilityMessage.isEmpty() ? "" : "\neligibilityMessage " + eligibilityMessage)
            + (policy == Policy.FIRST_COME ? "" : "\npolicy " + policy)
            + (lottery == null ? "" : lottery.canonical())
            + (queue.isEmpty() ? "" : "\nqueue " + queue)
            + (waitlist == 0 ? "" : "\nwaitlist " + waitlist)
            + (acceptWithinSeconds == null ? "" : "\nacceptWithinSeconds " + acceptWithinSeconds)
            + (ratePerSecond == null ? "" : "\nratePerSecond " + ratePerSecond)
            + (queueLimit == null ? "" : "\nqueueLimit " + queueLimit)
            + (discount == null ? "" : "\ndiscount " + Discount.stored(discount))
            + (codes == Codes.NONE ? "" : "\ncodes " + codes)
            + (codePrefix.isEmpty() ? "" : "\ncodePrefix " + codePrefix)
            + (codeLength == null ? "" : "\ncodeLength " + codeLength)
            + (sharedCode == null ? "" : "\nsharedCode " + sharedCode)
            + (group.isEmpty() ? "" : "\ngroup " + group)
            + (quotas == null ? "" : "\nquotas " + Quotas.of(quotas).stored()));
  }
}
