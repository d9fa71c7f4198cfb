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
 * Brings units that other shards of a campaign have left to one that has none.
 *
 * <p>That there are none is said only where what the shards have issued and withhold is all that
 * the campaign has. Neither of these becomes less, so the shards need not be looked at in one
 * instant; units on their way from one to another are not overlooked.
 */
@ApplicationScoped
public class ShardRebalancer {

  /** For how long it is taken for granted that there are none. */
  private static final Duration MEMORY = Duration.ofMillis(100);

  private static final int MAX_KNOWN = 10_000;

  /** How long a claim waits at a time. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private static final int THREADS = 4;

  /** Campaigns whose leftovers are brought at once, and claims that wait for that. */
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

  /** Whether a look of a moment ago found that a campaign is sold out. */
  public boolean areNone(String campaign) {
    return none.getIfPresent(campaign) != null;
  }

  /**
   * Brings units to a shard that has none, and to others of its campaign that have none; once,
   * however many ask.
   *
   * @return false where the campaign is sold out; fails with a {@link ProblemException} or a {@link
   *     RedisException} where that is not known
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
    // First: what is added after it is for who claims after it.
    OptionalLong defined = defined(campaign);
    List<CouponState> states = ShardCoordinator.byRemaining(campaigns.states(campaign, shard.of()));
    long had = states.stream().mapToLong(CouponState::quantity).sum();
    // While MySQL is away nothing can be added to what Redis has.
    long quantity = defined.orElseGet(() -> Math.max(had, campaigns.mark(campaign).quantity()));
    if (ShardCoordinator.gone(states) >= quantity) {
      none.put(campaign, true);
      return false;
    }
    if (defined.isEmpty()) {
      // What a shard gives back would be nobody's until MySQL is there again.
      throw Problem.of(ProblemType.DATABASE_UNAVAILABLE).asException();
    }
    CouponState richest = states.get(0);
    // Not more where some are on their way: MySQL may be behind.
    if (had >= quantity && richest.remaining() > 0) {
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

  /** Units of a campaign as MySQL has them; empty where it is away. */
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
