package io.firstcome.coupon.model;

import io.firstcome.redis.Keys;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

/**
 * A part of a campaign: a coupon in a slot of its own, which holds some of the campaign's units. A
 * user always meets the same one, so that one claim a user stays exact. Nobody can ask for it: its
 * id is none that a coupon can be given.
 *
 * <p>It numbers its claims by itself. What is told is the campaign's number, which is given once:
 * the n-th of each shard come before the next of any.
 *
 * @param index from 0
 * @param of how many there are; never changes, as users would meet others
 */
public record Shard(String campaign, int index, int of) {

  /** The most shards of a campaign. */
  static final int MOST = 64;

  /** The longest id of a campaign, so that those of its shards fit. */
  public static final int MAX_CAMPAIGN_ID = 56;

  private static final Pattern ID = Pattern.compile("(.+)" + Keys.SHARD + "(\\d\\d)of(\\d\\d)");

  public static List<Shard> all(String campaign, int of) {
    return IntStream.range(0, of).mapToObj(index -> new Shard(campaign, index, of)).toList();
  }

  /** The one that has the entries of a lottery. */
  public static Shard ofEntries(String lottery) {
    return new Shard(lottery, 0, 1);
  }

  /** Whether its claims are the entries of a lottery: no campaign has a single shard. */
  public boolean isOfEntries() {
    return of == 1;
  }

  /** The one that a user meets. By CRC-32 of the user's id: the same in every release. */
  public static Shard ofUser(String campaign, int of, String userId) {
    CRC32 crc = new CRC32();
    crc.update(userId.getBytes(StandardCharsets.US_ASCII));
    return new Shard(campaign, (int) (crc.getValue() % of), of);
  }

  /** The one that issues this number of the campaign. */
  public static Shard ofNumber(String campaign, int of, long number) {
    return new Shard(campaign, (int) ((number - 1) % of), of);
  }

  /** The shard of this id, or null: it is another coupon's. */
  public static Shard of(String couponId) {
    if (couponId.indexOf(Keys.SHARD) < 0) {
      return null;
    }
    Matcher id = ID.matcher(couponId);
    return id.matches()
        ? new Shard(id.group(1), Integer.parseInt(id.group(2)), Integer.parseInt(id.group(3)))
        : null;
  }

  /** In the order of the indexes where sorted as text. */
  public String id() {
    return campaign + Keys.SHARD + two(index) + "of" + two(of);
  }

  private static String two(int number) {
    return number < 10 ? "0" + number : String.valueOf(number);
  }

  /** Its share of so many units that all shards have. */
  long share(long units) {
    return units / of + (index < units % of ? 1 : 0);
  }

  /** A claim of this shard as its user is told of it. */
  public Claim told(Claim claim) {
    return claim == null
        ? null
        : new Claim(
            campaign,
            claim.userId(),
            told(claim.sequence()),
            claim.issuedAt(),
            null,
            claim.state(),
            claim.code());
  }

  /** A number of this shard as users are told of it. */
  public long told(long sequence) {
    return (sequence - 1) * of + index + 1;
  }

  /** How many of its own numbers there are up to this number of the campaign. */
  public long upTo(long number) {
    return number <= index ? 0 : (number - index - 1) / of + 1;
  }
}
