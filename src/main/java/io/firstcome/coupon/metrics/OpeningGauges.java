package io.firstcome.coupon.metrics;

import io.firstcome.metrics.ExpectedCrowd;
import io.firstcome.metrics.MetricsConfig;
import io.firstcome.metrics.Poll;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.All;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.redis.client.Command;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * When the next sale opens and how many claimants that will bring, so that replicas can be there
 * before them.
 *
 * <p>Rehearsals are openings as well: what is rehearsed is that replicas are there.
 *
 * <p>Every replica exports the same: the only one there is, or one that has just started, must do
 * to scale by. Definitions are asked of MySQL, which has all of them, also those that Redis does
 * not hold yet. While MySQL is away the last answer stays right, as nothing can be defined or
 * changed then. How far away an opening is comes from MySQL's clock at the answer and from the time
 * that has passed since; the clock of this machine may be wrong.
 */
@ApplicationScoped
class OpeningGauges {

  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** Openings ahead, and as many that have been: what one answer of MySQL may hold. */
  private static final int MOST = 500;

  private static final String COLUMNS =
      "SELECT id, quantity, audience, TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), opens_at)"
          + " FROM coupon WHERE shards = 1 AND status = 'open'"
          + " AND (closes_at IS NULL OR closes_at > UTC_TIMESTAMP(6))";

  /** Both halves walk the index {@code coupon_opening} from now on, one ahead and one back. */
  private static final String OPENINGS =
      "("
          + COLUMNS
          + " AND opens_at > UTC_TIMESTAMP(6) ORDER BY opens_at LIMIT ?) UNION ALL ("
          + COLUMNS
          + " AND opens_at <= UTC_TIMESTAMP(6)"
          + " AND opens_at > UTC_TIMESTAMP(6) - INTERVAL ? SECOND"
          + " ORDER BY opens_at DESC LIMIT ?)";

  /**
   * An opening.
   *
   * @param atNanos when, as {@link System#nanoTime()} counts
   */
  private record Opening(long atNanos, double claimants) {
    long aheadNanos() {
      return atNanos - System.nanoTime();
    }
  }

  private final List<ExpectedCrowd> crowds;
  private final Pool mysql;
  private final Scripts redis;
  private final OpeningConfig config;
  private final Duration interval;

  /** Null until MySQL has answered. */
  private volatile List<Opening> openings;

  private volatile double crowd;

  private Poll poll;

  OpeningGauges(
      @All List<ExpectedCrowd> crowds,
      Pool mysql,
      Scripts redis,
      OpeningConfig config,
      MetricsConfig metrics,
      MeterRegistry registry) {
    this.crowds = crowds;
    this.mysql = mysql;
    this.redis = redis;
    this.config = config;
    this.interval = metrics.interval();
    Gauge.builder("firstcome.next.opening", this, OpeningGauges::secondsToNext)
        .description(
            "Time until the next coupon opens; +Inf if none is scheduled. Same on every replica")
        .baseUnit("seconds")
        .register(registry);
    Gauge.builder("firstcome.expected.claimants", this, OpeningGauges::expectedClaimants)
        .description(
            "Claimants expected from coupons that open about now and from rooms. Same on every"
                + " replica")
        .register(registry);
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    poll = Poll.every(interval, vertx, this::refresh);
  }

  void stop(@Observes ShutdownEvent event) {
    poll.close();
  }

  private Uni<?> refresh() {
    return mysql
        .preparedQuery(OPENINGS)
        .execute(Tuple.of(MOST, config.hold().toSeconds() + 1, MOST))
        .ifNoItem()
        .after(PATIENCE)
        .fail()
        .onItem()
        .transformToMulti(rows -> Multi.createFrom().iterable(rows))
        .onItem()
        .transformToUniAndConcatenate(this::opening)
        .collect()
        .asList()
        .invoke(found -> openings = found)
        .chain(this::count);
  }

  /** What cannot be counted now stays as it was: replicas are not stopped for that. */
  private Uni<?> count() {
    return Multi.createFrom()
        .iterable(crowds)
        .onItem()
        .transformToUniAndConcatenate(one -> one.claimants(config.lead(), config.hold()))
        .collect()
        .with(Collectors.summingDouble(Double::doubleValue))
        .invoke(sum -> crowd = sum)
        .onFailure()
        .recoverWithNull();
  }

  private Uni<Opening> opening(Row row) {
    long atNanos = System.nanoTime() + Duration.ofMillis(row.getLong(3) / 1_000).toNanos();
    double crowd = (double) row.getLong(1) * config.claimantsPerUnit();
    boolean near = Math.abs(row.getLong(3)) / 1_000_000 <= lookAhead().toSeconds();
    if (!row.getBoolean(2) || !near) {
      return Uni.createFrom().item(new Opening(atNanos, crowd));
    }
    // Nobody else can get one. An audience that Redis does not hold yet is no empty audience.
    return redis
        .send(Command.SCARD, Keys.audience(row.getString(0)))
        .map(reply -> reply.toLong() == 0 ? crowd : reply.toDouble())
        .onFailure()
        .recoverWithItem(crowd)
        .map(claimants -> new Opening(atNanos, claimants));
  }

  /** The openings whose size may matter before the next answer of MySQL. */
  private Duration lookAhead() {
    Duration longest = config.lead().compareTo(config.hold()) > 0 ? config.lead() : config.hold();
    return longest.plus(interval.multipliedBy(2));
  }

  private double secondsToNext() {
    List<Opening> known = openings;
    return known == null
        ? Double.NaN
        : known.stream()
            .mapToLong(Opening::aheadNanos)
            .filter(ahead -> ahead > 0)
            .mapToDouble(ahead -> ahead / 1e9)
            .min()
            .orElse(Double.POSITIVE_INFINITY);
  }

  private double expectedClaimants() {
    List<Opening> known = openings;
    return known == null
        ? Double.NaN
        : crowd + known.stream().filter(this::isAboutNow).mapToDouble(Opening::claimants).sum();
  }

  private boolean isAboutNow(Opening opening) {
    long ahead = opening.aheadNanos();
    return ahead <= config.lead().toNanos() && ahead >= -config.hold().toNanos();
  }
}
