package io.firstcome.coupon.change;

import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.Shard;
import io.firstcome.coupon.script.CouponState;
import io.smallrye.mutiny.Uni;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** Reads all shards of a campaign, and makes one result of theirs. */
public final class Shards {

  /** So that readers do not take the connections that claims need. */
  private static final int READS_AT_ONCE = 4;

  /**
   * The units of all shards together. They are read one after the other, so units on their way
   * between two shards may be missing from the quantity.
   *
   * @param any one of the shards, for what is the same in all of them
   */
  public record Totals(CouponState any, long quantity, long issued, long withheld) {

    static Totals of(List<CouponState> shards) {
      return new Totals(
          shards.get(0),
          sum(shards, CouponState::quantity),
          sum(shards, CouponState::issued),
          sum(shards, CouponState::withheld));
    }

    /** Units that no shard can give back. */
    long gone() {
      return issued + withheld;
    }

    public long remaining() {
      return quantity - gone();
    }

    private static long sum(List<CouponState> shards, ToLongFunction<CouponState> number) {
      return shards.stream().mapToLong(number).sum();
    }
  }

  /** Reads a page of the claims of one shard, by its own numbers. */
  @FunctionalInterface
  public interface PageOfShard {
    Uni<List<Claim>> read(String shardId, long after, int limit);
  }

  private Shards() {}

  /**
   * Sums up the units.
   *
   * @param read reads one shard
   */
  public static Uni<Totals> totals(
      String campaign, int shards, Function<String, Uni<CouponState>> read) {
    return each(campaign, shards, READS_AT_ONCE, shard -> read.apply(shard.id())).map(Totals::of);
  }

  /**
   * A page of the claims of all shards, in order of the campaign's numbers.
   *
   * @param after the last number of the previous page, or 0
   */
  public static Uni<List<Claim>> claims(
      String campaign, int shards, long after, int limit, PageOfShard page) {
    return each(
            campaign,
            shards,
            1,
            shard ->
                page.read(shard.id(), shard.upTo(after), limit)
                    .map(claims -> claims.stream().map(shard::told).toList()))
        .map(
            pages ->
                pages.stream()
                    .flatMap(Collection::stream)
                    .sorted(Comparator.comparingLong(Claim::sequence))
                    .limit(limit)
                    .toList());
  }

  private static <T> Uni<List<T>> each(
      String campaign, int shards, int atOnce, Function<Shard, Uni<T>> question) {
    return Uni.join()
        .all(
            Shard.all(campaign, shards).stream()
                .map(shard -> Uni.createFrom().deferred(() -> question.apply(shard)))
                .toList())
        .usingConcurrencyOf(atOnce)
        .andFailFast();
  }
}
