package io.firstcome.coupon.change;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.firstcome.coupon.model.Shard;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.durability.Acknowledger;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.SqlUnavailableException;
import io.firstcome.redis.RedisException;
import io.firstcome.work.BoundedWork;
import io.firstcome.work.SingleFlight;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Moves units that other shards of a campaign have left to a shard that is sold out.
 *
 * <p>A campaign is sold out only if its shards have issued or withhold all of its units. Neither
 * number ever falls, so the shards can be read one after the other, and units on their way between
 * two shards are not missed.
 */
@ApplicationScoped
public class ShardRebalancer {

  /** How long a campaign that was found sold out is not checked again. */
  private static final Duration MEMORY = Duration.ofMillis(100);

  private static final int MAX_KNOWN = 10_000;

  /** How long a claim waits at a time. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final int THREADS = 4;

  /** Campaigns that are rebalanced at once; {@link #MOST_WAITING}: claims that wait for it. */
  private static final int MOST_FLIGHTS = 256;

  private static final int MOST_WAITING = 10_000;

  private final ShardCoordinator campaigns;
  private final Acknowledger acknowledger;
  private final Cache<String, Boolean> none =
      Caffeine.newBuilder().maximumSize(MAX_KNOWN).expireAfterWrite(MEMORY).build();
  private final SingleFlight<String, Boolean> flights = new SingleFlight<>(MOST_FLIGHTS);
  private final AtomicInteger waiting = new AtomicInteger();
  private final BoundedWork threads = new BoundedWork("leftovers", THREADS, MOST_FLIGHTS);

  ShardRebalancer(ShardCoordinator campaigns, Acknowledger acknowledger) {
    this.campaigns = campaigns;
    this.acknowledger = acknowledger;
  }

  @PreDestroy
  void stop() {
    threads.close();
  }

  /** Whether a recent check found the campaign sold out. */
  public boolean areNone(String campaign) {
    return none.getIfPresent(campaign) != null;
  }

  /**
   * Moves units to this shard and to all others of its campaign that are sold out. Concurrent calls
   * share one run.
   *
   * @return false if the campaign is sold out; fails with a {@link ProblemException} or a {@link
   *     RedisException} if that cannot be determined
   */
  public Uni<Boolean> bring(Shard shard) {
    if (waiting.get() >= MOST_WAITING) {
      return Uni.createFrom().failure(Problem.of(ProblemType.OVERLOADED).asException());
    }
    waiting.incrementAndGet();
    return flights
        .run(shard.campaign(), () -> campaigns.explained(threads.run(() -> look(shard))))
        .ifNoItem()
        .after(PATIENCE)
        .failWith(() -> Problem.of(ProblemType.LEFTOVERS_MOVING).asException())
        .onTermination()
        .invoke(waiting::decrementAndGet);
  }

  private boolean look(Shard shard) {
    String campaign = shard.campaign();
    // First: units that are added later are for later claims.
    OptionalLong defined = defined(campaign);
    List<CouponState> states = ShardCoordinator.byRemaining(campaigns.states(campaign, shard.of()));
    Shards.Totals totals = Shards.Totals.of(states);
    // While MySQL is unavailable no units can be added to those in Redis.
    long quantity =
        defined.orElseGet(() -> Math.max(totals.quantity(), campaigns.mark(campaign).quantity()));
    if (totals.gone() >= quantity) {
      none.put(campaign, true);
      return false;
    }
    if (defined.isEmpty()) {
      // Units that a shard gives back would be lost until MySQL is available again.
      throw Problem.of(ProblemType.DATABASE_UNAVAILABLE).asException();
    }
    CouponState richest = states.get(0);
    // Not while units are on their way: MySQL may be behind.
    if (totals.quantity() >= quantity && richest.remaining() > 0) {
      campaigns.give(richest.id(), (richest.remaining() + 1) / 2);
    }
    List<Shard> wanting = new ArrayList<>(List.of(shard));
    for (CouponState state : states) {
      if (state.remaining() <= 0 && !state.id().equals(shard.id())) {
        wanting.add(Shard.of(state.id()));
      }
    }
    campaigns.settle(campaign, wanting);
    return true;
  }

  /** The units of a campaign in MySQL; empty if MySQL is unavailable. */
  private OptionalLong defined(String campaign) {
    if (acknowledger.isDatabaseAway()) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(campaigns.quantity(campaign));
    } catch (SqlUnavailableException e) {
      return OptionalLong.empty();
    }
  }
}
