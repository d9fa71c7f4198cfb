package io.firstcome.coupon.series;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.firstcome.coupon.series.SeriesView.DropView;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.recovery.LoadConfig;
import io.firstcome.work.EventLoop;
import io.firstcome.work.SingleFlight;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Which drop of a series claims go to, from memory for a moment. */
@Singleton
public class OpenDrops {

  private static final Duration KNOWN_FOR = Duration.ofSeconds(1);
  private static final int MAX_KNOWN = 10_000;
  private static final int MAX_LOOK_UPS = 256;

  /**
   * A claim goes to the next drop so long before it opens by the clock of this replica: it is then
   * answered {@code not-open} by the clock of Redis, which can be retried, and not {@code closed}
   * by the one before.
   */
  private static final Duration EARLY = Duration.ofSeconds(1);

  private final SeriesTable series;
  private final Cache<String, List<DropView>> known;
  private final Cache<String, Boolean> unknown;
  private final SingleFlight<String, List<DropView>> lookUps = new SingleFlight<>(MAX_LOOK_UPS);

  OpenDrops(SeriesTable series, LoadConfig config) {
    this.series = series;
    this.known = Caffeine.newBuilder().maximumSize(MAX_KNOWN).expireAfterWrite(KNOWN_FOR).build();
    this.unknown =
        Caffeine.newBuilder()
            .maximumSize(config.maxUnknown())
            .expireAfterWrite(config.unknownTtl())
            .build();
  }

  /** The coupon that a claim of a series is one of; fails where there is none. */
  public Uni<String> couponId(String seriesId) {
    if (unknown.getIfPresent(seriesId) != null) {
      return Uni.createFrom().failure(Problem.of(ProblemType.UNKNOWN_SERIES).asException());
    }
    List<DropView> here = known.getIfPresent(seriesId);
    Uni<List<DropView>> around =
        here != null ? Uni.createFrom().item(here) : lookUps.run(seriesId, () -> load(seriesId));
    return EventLoop.back(around).map(OpenDrops::couponId);
  }

  private Uni<List<DropView>> load(String seriesId) {
    return series
        .find(seriesId)
        .onFailure(OpenDrops::isUnknown)
        .invoke(() -> unknown.put(seriesId, true))
        .chain(() -> series.around(seriesId, Instant.now()))
        .invoke(both -> known.put(seriesId, both));
  }

  private static boolean isUnknown(Throwable e) {
    return e instanceof ProblemException known
        && known.problem().type() == ProblemType.UNKNOWN_SERIES;
  }

  private static String couponId(List<DropView> both) {
    DropView current = both.get(0);
    DropView next = both.get(1);
    if (next != null && (current == null || Instant.now().plus(EARLY).isAfter(next.opensAt()))) {
      return next.couponId();
    }
    if (current == null) {
      throw Problem.of(ProblemType.NO_DROP).asException();
    }
    return current.couponId();
  }

  /** There is a series of this id now. */
  void created(String seriesId) {
    unknown.invalidate(seriesId);
  }
}
