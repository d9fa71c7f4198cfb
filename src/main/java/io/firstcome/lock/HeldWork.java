package io.firstcome.lock;

import io.firstcome.lock.LockStore.Reply;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.impl.ContextInternal;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Work that is done under a lock, and the watchdog that renews the lock. */
final class HeldWork<T> implements Held {

  /** Renewed so often within a lease; a failed call is tried again as often. */
  private static final int RENEWALS = 3;

  /** No timer: the first of a process has the number 0. */
  private static final long NEVER = -1;

  private final ContextInternal loop;
  private final LockStore store;
  private final LockMetrics metrics;
  private final Grant grant;
  private final Duration lease;
  private final UniEmitter<? super T> emitter;
  private final long since = System.nanoTime();
  private volatile long endsNanos;
  private volatile boolean isOver;
  private Cancellable work;
  private long renewal = NEVER;
  private long end = NEVER;

  HeldWork(
      ContextInternal loop,
      LockStore store,
      LockMetrics metrics,
      Grant grant,
      Duration lease,
      UniEmitter<? super T> emitter) {
    this.loop = loop;
    this.store = store;
    this.metrics = metrics;
    this.grant = grant;
    this.lease = lease;
    this.emitter = emitter;
  }

  @Override
  public boolean isHeld() {
    return !isOver && System.nanoTime() - endsNanos < 0;
  }

  void start(Function<Held, Uni<T>> task) {
    emitter.onTermination(() -> loop.runOnContext(pass -> cancel()));
    loop.runOnContext(
        pass -> {
          holdsUntil(grant.endsNanos());
          work =
              Uni.createFrom()
                  .deferred(() -> task.apply(this))
                  .subscribe()
                  .with(
                      item -> loop.runOnContext(done -> finish(() -> emitter.complete(item))),
                      failure -> loop.runOnContext(done -> finish(() -> emitter.fail(failure))));
        });
  }

  private void holdsUntil(long nanos) {
    endsNanos = nanos;
    cancelTimers();
    end = loop.setTimer(millisLeft(), fired -> lose());
    renewAfter(lease.dividedBy(RENEWALS));
  }

  private long millisLeft() {
    return Math.max(1, TimeUnit.NANOSECONDS.toMillis(endsNanos - System.nanoTime()));
  }

  private void renewAfter(Duration pause) {
    renewal = loop.setTimer(Math.max(1, pause.toMillis()), fired -> renew());
  }

  private void renew() {
    long asked = System.nanoTime();
    store
        .extend(grant.name(), grant.token(), lease)
        .subscribe()
        .with(
            reply -> loop.runOnContext(pass -> renewed(asked, reply)),
            failure ->
                loop.runOnContext(
                    pass -> {
                      if (!isOver) {
                        renewAfter(lease.dividedBy(RENEWALS * RENEWALS));
                      }
                    }));
  }

  private void renewed(long asked, Reply reply) {
    if (isOver) {
      return;
    }
    if (reply.isHeld()) {
      holdsUntil(asked + TimeUnit.MILLISECONDS.toNanos(reply.millis()));
    } else {
      lose();
    }
  }

  private void lose() {
    if (isOver) {
      return;
    }
    over();
    metrics.lost();
    work.cancel();
    emitter.fail(new LockLostException(grant.name()));
  }

  private void finish(Runnable answer) {
    if (isOver) {
      return;
    }
    over();
    store
        .release(grant.name(), grant.token())
        .subscribe()
        .with(
            released -> {
              if (released) {
                answer.run();
              } else {
                metrics.lost();
                emitter.fail(new LockLostException(grant.name()));
              }
            },
            // It ends with its lease.
            failure -> answer.run());
  }

  /** Nobody waits for the work any more. */
  private void cancel() {
    if (isOver) {
      return;
    }
    over();
    work.cancel();
    store.release(grant.name(), grant.token()).subscribe().with(released -> {}, failure -> {});
  }

  private void over() {
    isOver = true;
    cancelTimers();
    metrics.hold().record(System.nanoTime() - since, TimeUnit.NANOSECONDS);
  }

  private void cancelTimers() {
    loop.owner().cancelTimer(end);
    loop.owner().cancelTimer(renewal);
  }
}
