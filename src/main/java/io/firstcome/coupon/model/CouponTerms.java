package io.firstcome.coupon.model;

import io.firstcome.mysql.InstantColumn;
import io.firstcome.mysql.Micros;
import io.vertx.redis.client.Response;
import io.vertx.sqlclient.Row;
import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.Converter;
import jakarta.persistence.Embeddable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What is fixed when a coupon is created: what its units are worth to their holders, and who gets
 * those that come back. The state in Redis names only what is not the default.
 *
 * @param perUserLimit units that a user may hold
 * @param release what becomes of a revoked unit
 * @param validFrom before that no unit is redeemed; null: from its issue
 * @param validUntil from then on no unit is redeemed; null: no end
 * @param validForSeconds how long a unit may be redeemed after its issue; null: no end, or that of
 *     all
 * @param waitlist users who may wait for a unit after the last was issued; 0: no waitlist
 * @param acceptWithinSeconds how long a unit is offered to who waited; null: it is issued at once
 * @param ratePerSecond units that are handed out in a second, in order; 0: each at once
 * @param queueLimit users who may be queued for that; 0: there is no queue
 * @param codes whether units have codes
 */
@Embeddable
public record CouponTerms(
    @Column(name = "per_user_limit", updatable = false) int perUserLimit,
    @Column(name = "on_revoke", updatable = false) @Convert(converter = ReleaseColumn.class)
        Release release,
    @Column(name = "valid_from", updatable = false) @Convert(converter = InstantColumn.class)
        Instant validFrom,
    @Column(name = "valid_until", updatable = false) @Convert(converter = InstantColumn.class)
        Instant validUntil,
    @Column(name = "valid_for", updatable = false) Long validForSeconds,
    @Column(name = "waitlist", updatable = false) int waitlist,
    @Column(name = "accept_within", updatable = false) Long acceptWithinSeconds,
    @Column(name = "rate_per_second", updatable = false) int ratePerSecond,
    @Column(name = "queue_limit", updatable = false) int queueLimit,
    @Column(name = "codes", updatable = false) @Convert(converter = CodesColumn.class)
        Codes codes) {

  /** The columns, for a SELECT that {@link #of(Row)} reads. */
  public static final String COLUMNS =
      "per_user_limit, on_revoke, valid_from, valid_until, valid_for, waitlist, accept_within,"
          + " rate_per_second, queue_limit, codes";

  public static final CouponTerms DEFAULT =
      new CouponTerms(1, Release.RETURN, null, null, null, 0, null, 0, 0, Codes.NONE);

  private static final long MICROS = 1_000_000;

  /** The terms in a row of {@code coupon} that has all {@link #COLUMNS}. */
  public static CouponTerms of(Row row) {
    return new CouponTerms(
        row.getInteger("per_user_limit"),
        Release.ofStored(row.getString("on_revoke")),
        Micros.toInstant(row.getLocalDateTime("valid_from")),
        Micros.toInstant(row.getLocalDateTime("valid_until")),
        row.getLong("valid_for"),
        row.getInteger("waitlist"),
        row.getLong("accept_within"),
        row.getInteger("rate_per_second"),
        row.getInteger("queue_limit"),
        Codes.ofStored(row.getString("codes")));
  }

  /** The terms in a reply of {@code coupon-read.lua}, from this index on. */
  public static CouponTerms of(Response reply, int from) {
    String limit = reply.get(from).toString();
    String release = reply.get(from + 1).toString();
    Long validFor = number(reply, from + 4);
    Long rate = number(reply, from + 7);
    Long queueLimit = number(reply, from + 8);
    Long waitlist = number(reply, from + 5);
    Long acceptWithin = number(reply, from + 6);
    String codes = reply.get(from + 9).toString();
    return new CouponTerms(
        limit.isEmpty() ? 1 : Integer.parseInt(limit),
        release.isEmpty() ? Release.RETURN : Release.ofStored(release),
        instant(reply, from + 2),
        instant(reply, from + 3),
        validFor == null ? null : validFor / MICROS,
        waitlist == null ? 0 : waitlist.intValue(),
        acceptWithin == null ? null : acceptWithin / MICROS,
        rate == null ? 0 : rate.intValue(),
        queueLimit == null ? 0 : queueLimit.intValue(),
        codes.isEmpty() ? Codes.NONE : Codes.ofStored(codes));
  }

  private static Long number(Response reply, int index) {
    String text = reply.get(index).toString();
    return text.isEmpty() ? null : Long.valueOf(text);
  }

  private static Instant instant(Response reply, int index) {
    Long micros = number(reply, index);
    return micros == null ? null : Micros.toInstant(micros);
  }

  /** Fields of the state and their values in turn, as scripts take them. */
  public List<String> words() {
    List<String> words = new ArrayList<>();
    if (perUserLimit > 1) {
      Collections.addAll(words, "limit", String.valueOf(perUserLimit));
    }
    if (release != Release.RETURN) {
      Collections.addAll(words, "release", release.stored());
    }
    if (validFrom != null) {
      Collections.addAll(words, "validFrom", String.valueOf(Micros.of(validFrom)));
    }
    if (validUntil != null) {
      Collections.addAll(words, "validUntil", String.valueOf(Micros.of(validUntil)));
    }
    if (validForSeconds != null) {
      Collections.addAll(words, "validFor", String.valueOf(validForSeconds * MICROS));
    }
    if (waitlist > 0 || ratePerSecond > 0) {
      // Has claim.lua leave its claims to claim-door.lua.
      Collections.addAll(words, "door", "1");
    }
    if (waitlist > 0) {
      Collections.addAll(words, "waitlist", String.valueOf(waitlist));
    }
    if (ratePerSecond > 0) {
      Collections.addAll(words, "rate", String.valueOf(ratePerSecond));
      Collections.addAll(words, "queueLimit", String.valueOf(queueLimit));
    }
    if (acceptWithinSeconds != null) {
      Collections.addAll(words, "acceptWithin", String.valueOf(acceptWithinSeconds * MICROS));
    }
    if (codes != Codes.NONE) {
      Collections.addAll(words, "codes", codes.stored());
    }
    return words;
  }

  /** When a unit that was issued then is no longer redeemed; null: no end. */
  public Instant endOf(Instant issuedAt) {
    return validForSeconds == null ? validUntil : issuedAt.plusSeconds(validForSeconds);
  }

  @Converter
  public static final class CodesColumn implements AttributeConverter<Codes, String> {

    @Override
    public String convertToDatabaseColumn(Codes codes) {
      return codes.stored();
    }

    @Override
    public Codes convertToEntityAttribute(String stored) {
      return Codes.ofStored(stored);
    }
  }

  @Converter
  public static final class ReleaseColumn implements AttributeConverter<Release, String> {

    @Override
    public String convertToDatabaseColumn(Release release) {
      return release.stored();
    }

    @Override
    public Release convertToEntityAttribute(String stored) {
      return Release.ofStored(stored);
    }
  }
}
