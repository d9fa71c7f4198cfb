package io.firstcome.ratelimit;

import io.firstcome.http.identity.AddressLimit;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.redis.LinkConfig;
import io.firstcome.redis.RedisLink;
import io.firstcome.redis.RedisLinks;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.concurrent.FastThreadLocal;
import io.quarkus.runtime.Startup;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * How often a user, and an address, may ask for what costs a decision. Each has a bucket of tokens
 * in Redis, the same for all replicas; a request takes one of each.
 *
 * <p>The user's first: who is refused for that takes nothing from those who come by the same
 * address.
 */
@Startup
@Singleton
public class RateLimits implements AddressLimit {

  private static final double SECONDS_OF_A_DAY = 86_400;

  private static final String TRUSTED = "firstcome.limit.trusted-proxies";

  private final RedisLinks links;
  private final int maxCalls;
  private final Limit ofUser;
  private final Limit ofAddress;
  private final LocalBuckets localUsers;
  private final LocalBuckets usersOfTheDay;
  private final LocalBuckets localAddresses;
  private final LocalBuckets newVisitors;
  private final long startNanos = System.nanoTime();
  private final Counter refusedUsers;
  private final Counter refusedAddresses;
  private final Counter refusedVisitors;
  private final boolean on;
  private final ClientAddress addresses;
  private final Counter notAsked;
  private final FastThreadLocal<Desk> ofThisLoop =
      new FastThreadLocal<>() {
        @Override
        protected Desk initialValue() {
          RedisLink link = links.current();
          return new Desk(
              buckets(ofUser, link, refusedUsers), buckets(ofAddress, link, refusedAddresses));
        }
      };

  /** Called once, on the event loop that asked. */
  public interface Answer {
    void passed();

    void refused(Problem why);
  }

  /** What one event loop asks by; null for what has no limit. */
  private record Desk(RateLimiter users, RateLimiter addresses) {}

  RateLimits(
      RedisLinks links,
      LinkConfig link,
      UserLimitConfig user,
      AddressLimitConfig address,
      VisitorLimitConfig visitor,
      @ConfigProperty(name = TRUSTED) Optional<List<String>> trusted,
      MeterRegistry metrics) {
    this.links = links;
    this.maxCalls = link.maxCalls();
    this.ofUser = Limit.of("user", user.rate(), user.burst());
    this.ofAddress = Limit.of("address", address.rate(), address.burst());
    this.localUsers = LocalBuckets.of(user.replicaRate(), user.replicaBurst());
    this.usersOfTheDay =
        LocalBuckets.of(user.replicaDaily() / SECONDS_OF_A_DAY, user.replicaDaily());
    this.localAddresses =
        trusted.isEmpty() ? null : LocalBuckets.of(address.replicaRate(), address.replicaBurst());
    this.newVisitors = LocalBuckets.of(visitor.replicaRate(), visitor.replicaBurst());
    this.on =
        Stream.of(ofUser, ofAddress, localUsers, usersOfTheDay, localAddresses)
            .anyMatch(Objects::nonNull);
    this.addresses = new ClientAddress(networks(trusted.orElse(List.of())), address.header());
    this.refusedUsers = refused("user", metrics);
    this.refusedAddresses = refused("address", metrics);
    this.refusedVisitors = refused("visitor", metrics);
    this.notAsked =
        Counter.builder("firstcome.limit.not.asked")
            .description(
                "Requests admitted without a rate limit check because Redis was unavailable")
            .register(metrics);
  }

  private static List<Network> networks(List<String> texts) {
    try {
      return texts.stream().map(text -> Network.of(text.trim())).toList();
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(TRUSTED + ": " + e.getMessage(), Set.of(TRUSTED));
    }
  }

  static Counter refused(String limit, MeterRegistry metrics) {
    return Counter.builder("firstcome.limit.refused")
        .description(
            "Requests refused by a rate limit, by kind: user, address, visitor, code-caller or"
                + " code-coupon")
        .tag("limit", limit)
        .register(metrics);
  }

  private RateLimiter buckets(Limit limit, RedisLink link, Counter refused) {
    return limit == null ? null : new RateLimiter(limit, link, maxCalls, refused, notAsked);
  }

  /**
   * The address that stands for this client; null where there is none. See {@link ClientAddress}.
   */
  public String addressOf(HttpServerRequest request) {
    return addresses.of(request);
  }

  /** Whether there is any limit: otherwise nothing need be asked. */
  public boolean areOn() {
    return on;
  }

  /**
   * Asks whether this user may go on with this request. On an event loop.
   *
   * @param answer called once, on this event loop
   */
  public void ask(HttpServerRequest request, String userId, Answer answer) {
    long now = System.nanoTime() - startNanos;
    long wait = localUsers == null ? 0 : localUsers.take(userId, now);
    if (wait == 0 && usersOfTheDay != null) {
      wait = usersOfTheDay.take(userId, now);
    }
    if (wait > 0) {
      answer.refused(refusal(refusedUsers, wait));
      return;
    }
    String address = limitedAddress(request);
    wait = localAddresses == null || address == null ? 0 : localAddresses.take(address, now);
    if (wait > 0) {
      answer.refused(refusal(refusedAddresses, wait));
      return;
    }
    if (ofUser == null && ofAddress == null) {
      answer.passed();
      return;
    }
    Desk desk = ofThisLoop.get();
    if (desk.users == null) {
      askAddress(desk, address, answer);
    } else if (address == null || desk.addresses == null) {
      desk.users.take(userId, answer);
    } else {
      desk.users.take(
          userId,
          new Answer() {
            @Override
            public void passed() {
              askAddress(desk, address, answer);
            }

            @Override
            public void refused(Problem why) {
              answer.refused(why);
            }
          });
    }
  }

  private static Problem refusal(Counter counter, long waitNanos) {
    counter.increment();
    return Problem.of(ProblemType.TOO_MANY_REQUESTS).retryAfter(Duration.ofNanos(waitNanos));
  }

  private static void askAddress(Desk desk, String address, Answer answer) {
    if (address == null || desk.addresses == null) {
      answer.passed();
    } else {
      desk.addresses.take(address, answer);
    }
  }

  @Override
  public Problem refusal(HttpServerRequest request) {
    String address = limitedAddress(request);
    if (address == null) {
      return null;
    }
    long wait =
        localAddresses == null ? 0 : localAddresses.look(address, System.nanoTime() - startNanos);
    if (wait > 0) {
      return refusal(refusedAddresses, wait);
    }
    return ofAddress == null || !Context.isOnEventLoopThread()
        ? null
        : ofThisLoop.get().addresses.refusal(address);
  }

  @Override
  public Uni<Void> failed(HttpServerRequest request) {
    String address = limitedAddress(request);
    if (address == null) {
      return Uni.createFrom().voidItem();
    }
    long wait =
        localAddresses == null ? 0 : localAddresses.take(address, System.nanoTime() - startNanos);
    if (wait > 0) {
      return Uni.createFrom().failure(refusal(refusedAddresses, wait).asException());
    }
    if (ofAddress == null || !Context.isOnEventLoopThread()) {
      return Uni.createFrom().voidItem();
    }
    return uni(answer -> askAddress(ofThisLoop.get(), address, answer));
  }

  /**
   * Takes a token of the address of this request for a visitor who may be new; {@link #notNew}
   * gives it back.
   *
   * @return why no new visitor may come from there now, or null
   */
  public Problem newVisitor(HttpServerRequest request) {
    String address = newVisitors == null ? null : addresses.of(request);
    long wait = address == null ? 0 : newVisitors.take(address, System.nanoTime() - startNanos);
    return wait > 0 ? refusal(refusedVisitors, wait) : null;
  }

  /** The visitor was not new after all. */
  public void notNew(HttpServerRequest request) {
    String address = newVisitors == null ? null : addresses.of(request);
    if (address != null) {
      newVisitors.giveBack(address);
    }
  }

  /** The address of a request; null where none has a limit. */
  private String limitedAddress(HttpServerRequest request) {
    return ofAddress == null && localAddresses == null ? null : addresses.of(request);
  }

  /** The same as a {@code Uni}: fails with a {@link ProblemException} where it may not. */
  public Uni<Void> pass(HttpServerRequest request, String userId) {
    return on ? uni(answer -> ask(request, userId, answer)) : Uni.createFrom().voidItem();
  }

  private static Uni<Void> uni(Consumer<Answer> question) {
    return Uni.createFrom()
        .emitter(
            emitter ->
                question.accept(
                    new Answer() {
                      @Override
                      public void passed() {
                        emitter.complete(null);
                      }

                      @Override
                      public void refused(Problem why) {
                        emitter.fail(why.asException());
                      }
                    }));
  }
}
