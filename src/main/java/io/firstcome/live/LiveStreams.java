package io.firstcome.live;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ratelimit.RateLimits;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.Startup;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.operators.multi.processors.BroadcastProcessor;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Live numbers as server-sent events.
 *
 * <p>What is watched is looked at once an interval, however many watch it, and not at all where
 * nobody does. A stream begins with what is now, goes on with what has changed, and says by a
 * comment that it lives where nothing has. Who reads slowly misses what was in between, never the
 * last. A look that fails is not told: the next one may not, and heartbeats go on.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">Server-sent
 *     events</a>
 */
@Startup
@ApplicationScoped
public class LiveStreams {

  private static final RuntimeException STOPPED = new Stopped();

  private final LiveConfig config;
  private final RateLimits limits;
  private final AtomicInteger open = new AtomicInteger();

  /** No more of them than streams. */
  private final ConcurrentMap<String, Integer> openByAddress = new ConcurrentHashMap<>();

  private final ConcurrentMap<String, Multi<?>> watched = new ConcurrentHashMap<>();
  private final BroadcastProcessor<OutboundSseEvent> stopping = BroadcastProcessor.create();
  private volatile boolean stopped;

  LiveStreams(LiveConfig config, RateLimits limits, MeterRegistry metrics) {
    this.config = config;
    this.limits = limits;
    Gauge.builder("firstcome.live.streams", open, AtomicInteger::get)
        .description("Open server-sent event streams of this replica")
        .register(metrics);
  }

  /**
   * A stream does not end by itself, and would hold up the end of the replica. As an error, since
   * streams that are merged end with the first error, but with the last completion.
   */
  void stop(@Observes ShutdownDelayInitiatedEvent event) {
    stopped = true;
    stopping.onError(STOPPED);
  }

  /**
   * A stream of what is watched. Blocks until it has been looked at for the first time.
   *
   * @param <T> what Jackson writes as an event's data
   * @param name of the events, and with {@code id} of what is watched
   * @param look how it is looked at; what fails at first fails the request
   * @param sameness what an event is told apart by: a clock in it is no change
   */
  public <T> Multi<OutboundSseEvent> of(
      RoutingContext request,
      Sse sse,
      String name,
      String id,
      Supplier<Uni<T>> look,
      Function<T, Object> sameness) {
    if (stopped) {
      throw Problem.of(ProblemType.SHUTTING_DOWN).asException();
    }
    Runnable ended = begin(limits.addressOf(request.request()));
    T first;
    try {
      // Before the stream: once that has begun nothing can be refused any more.
      first = look.get().await().atMost(config.patience());
    } catch (RuntimeException e) {
      ended.run();
      throw e;
    }
    // nginx would gather events until they fill a buffer.
    request.response().putHeader("X-Accel-Buffering", "no");
    return stream(sse, name, id, first, look, sameness).onTermination().invoke(ended);
  }

  /**
   * Counts a stream that begins, or throws.
   *
   * @param address null where it has none
   * @return to be run when it has ended; harmless later
   */
  private Runnable begin(String address) {
    if (open.incrementAndGet() > config.maxStreams()) {
      open.decrementAndGet();
      throw tooMany(ProblemType.OVERLOADED, "This replica");
    }
    String whose = address == null ? "" : address;
    if (openByAddress.merge(whose, 1, Integer::sum) > config.maxStreamsPerAddress()) {
      end(whose);
      throw tooMany(ProblemType.TOO_MANY_REQUESTS, "This address");
    }
    AtomicBoolean counted = new AtomicBoolean(true);
    return () -> {
      if (counted.getAndSet(false)) {
        end(whose);
      }
    };
  }

  private void end(String address) {
    open.decrementAndGet();
    openByAddress.computeIfPresent(address, (key, streams) -> streams > 1 ? streams - 1 : null);
  }

  private <T> Multi<OutboundSseEvent> stream(
      Sse sse,
      String name,
      String id,
      T first,
      Supplier<Uni<T>> look,
      Function<T, Object> sameness) {
    Multi<OutboundSseEvent> changes =
        Multi.createBy()
            .concatenating()
            .streams(Multi.createFrom().item(first), this.<T>watch(name + "/" + id, look))
            .skip()
            .repetitions((a, b) -> sameness.apply(a).equals(sameness.apply(b)) ? 0 : 1)
            .map(
                now ->
                    sse.newEventBuilder()
                        .name(name)
                        .mediaType(MediaType.APPLICATION_JSON_TYPE)
                        .data(now)
                        .build());
    Multi<OutboundSseEvent> heartbeats =
        Multi.createFrom()
            .ticks()
            .startingAfter(config.heartbeat())
            .every(config.heartbeat())
            .onOverflow()
            .dropPreviousItems()
            .map(tick -> sse.newEventBuilder().comment("").build());
    return Multi.createBy()
        .merging()
        .streams(changes, heartbeats, stopping)
        .onFailure(STOPPED::equals)
        .recoverWithCompletion();
  }

  @SuppressWarnings("unchecked")
  private <T> Multi<T> watch(String key, Supplier<Uni<T>> look) {
    Multi<T> shared =
        (Multi<T>)
            watched.computeIfAbsent(
                key,
                k ->
                    Multi.createFrom()
                        .ticks()
                        .every(config.interval())
                        .onOverflow()
                        .drop()
                        .onItem()
                        .transformToUniAndConcatenate(
                            tick -> look.get().onFailure().recoverWithNull())
                        .onTermination()
                        .invoke(() -> watched.remove(k))
                        .broadcast()
                        .withCancellationAfterLastSubscriberDeparture()
                        .toAllSubscribers());
    return shared.onOverflow().dropPreviousItems();
  }

  private static ProblemException tooMany(ProblemType type, String whose) {
    return Problem.of(type)
        .detail(
            whose
                + " has its maximum number of live streams. Retry after 'Retry-After' seconds, or"
                + " poll the resource itself.")
        .asException();
  }

  private static final class Stopped extends RuntimeException {
    Stopped() {
      super("The replica stops", null, false, false);
    }
  }
}
