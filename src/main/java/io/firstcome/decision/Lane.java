package io.firstcome.decision;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.RedisLink;
import io.firstcome.redis.Script;
import io.vertx.core.Handler;
import io.vertx.redis.client.Response;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Batches the requests of one event loop for one coupon or sale into calls of a script.
 *
 * <p>If no call is in flight, a request is sent at the end of the event loop's current pass, in one
 * call with all requests that arrived in that pass: to wait for more would add latency and save
 * nothing. Requests that arrive while a call is in flight form the next call. So a single request
 * never waits, and under load each call decides more requests: the cost of a decision falls as the
 * load rises.
 *
 * <p>One call in flight is best: measured, a second one only makes the batches smaller. The lanes
 * of other coupons and sales share the connection, in turn. A call that fails, or whose reply
 * cannot be read, fails all of its requests and no others.
 *
 * @param <P> a request
 * @param <T> a decoded reply
 */
public final class Lane<P extends Pending<?>, T> {

  /** Writes calls and reads their replies. */
  public interface Codec<P, T> {

    /** The part of {@link Bounds#maxWeight} that a request takes. */
    default int weight(P request) {
      return 1;
    }

    /** The keys and arguments of a call. */
    byte[][] encode(List<P> batch);

    /**
     * @throws NotLoadedException if Redis does not hold the coupon or sale
     */
    T decode(List<P> batch, Response reply);
  }

  /** Gets the outcome of every request, once. */
  public interface Listener<P, T> {

    void replied(List<P> batch, T reply);

    void failed(P request, Throwable why);
  }

  /**
   * The limits of a lane.
   *
   * @param maxWaiting requests that wait; more get 503
   * @param maxBatch requests of a call
   * @param maxWeight total weight of a call with more than one request
   * @param maxInFlight calls in flight
   */
  public record Bounds(int maxWaiting, int maxBatch, int maxWeight, int maxInFlight) {}

  private final RedisLink link;
  private final Script script;
  private final int keys;
  private final Codec<P, T> codec;
  private final Listener<P, T> listener;
  private final Bounds bounds;
  private final long patienceNanos;

  private final ArrayDeque<P> waiting = new ArrayDeque<>();
  private final Handler<Void> flush = pass -> flush();
  private boolean scheduled;
  private int inFlight;

  /**
   * @param keys how many of the encoded arguments, from the first, are keys; at least one
   */
  public Lane(
      RedisLink link,
      Script script,
      int keys,
      Codec<P, T> codec,
      Listener<P, T> listener,
      Bounds bounds) {
    this.link = link;
    this.script = script;
    this.keys = keys;
    this.codec = codec;
    this.listener = listener;
    this.bounds = bounds;
    this.patienceNanos = link.timeout().toNanos();
  }

  /** On the event loop of the link. */
  public void add(P request) {
    if (waiting.size() >= bounds.maxWaiting()) {
      listener.failed(request, Problem.of(ProblemType.OVERLOADED).asException());
      return;
    }
    waiting.add(request);
    schedule();
  }

  private void schedule() {
    if (!scheduled && inFlight < bounds.maxInFlight() && !waiting.isEmpty()) {
      scheduled = true;
      link.soon(flush);
    }
  }

  private void flush() {
    scheduled = false;
    refuseLate();
    while (inFlight < bounds.maxInFlight() && !waiting.isEmpty()) {
      List<P> batch = next();
      byte[][] call = codec.encode(batch);
      inFlight++;
      link.call(script, keys, call, new Call(batch, call[0]));
    }
  }

  private List<P> next() {
    int most = Math.min(waiting.size(), bounds.maxBatch());
    List<P> batch = new ArrayList<>(most);
    int weight = 0;
    while (batch.size() < most) {
      weight += codec.weight(waiting.peek());
      if (weight > bounds.maxWeight() && !batch.isEmpty()) {
        break;
      }
      batch.add(waiting.poll());
    }
    return batch;
  }

  /** Requests as old as the time-out of a call: their clients have often gone. */
  private void refuseLate() {
    long now = System.nanoTime();
    while (!waiting.isEmpty() && now - waiting.peek().startNanos() >= patienceNanos) {
      listener.failed(waiting.poll(), Problem.of(ProblemType.OVERLOADED).asException());
    }
  }

  private final class Call implements RedisLink.Answer {

    private final List<P> batch;
    private final byte[] key;

    Call(List<P> batch, byte[] key) {
      this.batch = batch;
      this.key = key;
    }

    @Override
    public void reply(Response reply) {
      inFlight--;
      schedule();
      T read;
      try {
        read = codec.decode(batch, reply);
      } catch (NotLoadedException e) {
        link.doubtServer(key);
        failAll(e);
        return;
      } catch (RuntimeException e) {
        failAll(e);
        return;
      }
      listener.replied(batch, read);
    }

    @Override
    public void failed(RedisException why) {
      inFlight--;
      schedule();
      failAll(why);
    }

    private void failAll(Throwable why) {
      for (P request : batch) {
        listener.failed(request, why);
      }
    }
  }
}
