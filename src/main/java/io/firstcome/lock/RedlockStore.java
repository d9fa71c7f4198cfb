package io.firstcome.lock;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.work.PeriodicTask;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Redlock: a lock is held where a majority of independent servers says so, so that it survives the
 * loss of a minority of them. It is held for the shortest lease of that majority, counted from
 * before the first was asked, less what clocks may drift apart: a hundredth of the lease and two
 * milliseconds.
 *
 * <p>It saves work and does not make writes safe: it relies on clocks, and has no fencing token, as
 * no counter is common to all majorities.
 *
 * @see <a href="https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/">Redlock
 *     </a>
 * @see <a
 *     href="https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html">Kleppmann:
 *     how to do distributed locking</a>
 */
final class RedlockStore implements LockStore {

  private static final long DRIFT_DIVISOR = 100;
  private static final long DRIFT_MILLIS = 2;

  private final List<LockStore> servers;
  private final int majority;
  private final Duration timeout;
  private final Duration poll;

  /**
   * @param timeout of a call to one server, short beside a lease
   */
  RedlockStore(List<LockStore> servers, Duration timeout, Duration poll) {
    this.servers = servers;
    this.majority = servers.size() / 2 + 1;
    this.timeout = timeout;
    this.poll = poll;
  }

  @Override
  public Uni<Reply> take(LockRequest request, boolean waits) {
    return Uni.createFrom()
        .deferred(
            () -> {
              long asked = System.nanoTime();
              return askAll(server -> server.take(request, false))
                  .map(replies -> judge(replies, request.lease(), asked));
            })
        .call(
            reply ->
                // What a minority granted must not stand in the way of the next.
                reply.isHeld()
                    ? Uni.createFrom().voidItem()
                    : askAll(server -> server.release(request.name(), request.token())));
  }

  @Override
  public Uni<Reply> extend(String name, String token, Duration lease) {
    return Uni.createFrom()
        .deferred(
            () -> {
              long asked = System.nanoTime();
              return askAll(server -> server.extend(name, token, lease))
                  .map(replies -> judge(replies, lease, asked));
            });
  }

  private Reply judge(List<Reply> replies, Duration lease, long askedNanos) {
    List<Long> leases =
        replies.stream()
            .filter(Reply::isHeld)
            .map(Reply::millis)
            .sorted(Comparator.reverseOrder())
            .toList();
    if (leases.size() < majority) {
      boolean isFull = replies.stream().anyMatch(reply -> reply.state() == State.FULL);
      if (!isFull && replies.size() < majority) {
        throw Problem.of(ProblemType.REDIS_UNAVAILABLE).asException();
      }
      return isFull ? new Reply(State.FULL, 0, 0) : Reply.REFUSED;
    }
    long drift = lease.toMillis() / DRIFT_DIVISOR + DRIFT_MILLIS;
    long millis = leases.get(majority - 1) - drift;
    boolean isInTime = System.nanoTime() - askedNanos < TimeUnit.MILLISECONDS.toNanos(millis);
    return isInTime ? new Reply(State.HELD, 0, millis) : Reply.REFUSED;
  }

  @Override
  public Uni<Boolean> release(String name, String token) {
    return askAll(server -> server.release(name, token))
        .map(
            replies -> {
              if (replies.size() < majority) {
                throw Problem.of(ProblemType.REDIS_UNAVAILABLE).asException();
              }
              return replies.stream().filter(released -> released).count() >= majority;
            });
  }

  /** What those servers reply that do so in time. */
  private <T> Uni<List<T>> askAll(Function<LockStore, Uni<T>> call) {
    List<Uni<T>> calls =
        servers.stream()
            .map(
                server ->
                    call.apply(server)
                        .ifNoItem()
                        .after(timeout)
                        .recoverWithItem((T) null)
                        .onFailure()
                        .recoverWithNull())
            .toList();
    return Uni.join()
        .all(calls)
        .andFailFast()
        .map(replies -> replies.stream().filter(Objects::nonNull).toList());
  }

  /** At random, so that those who share out the servers do not do so again. */
  @Override
  public long pauseMillis(LockRequest request, long endsInMillis) {
    return PeriodicTask.jittered(poll).toMillis();
  }
}
