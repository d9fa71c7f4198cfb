package io.firstcome.decision;

import io.firstcome.http.identity.Caller;
import io.smallrye.mutiny.Uni;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jboss.logging.Logger;

/**
 * A request of a user that awaits its decision. It is completed or failed once, on the event loop
 * that it was made on.
 *
 * @param <R> the decision
 */
public abstract class Pending<R> {

  private static final Logger LOG = Logger.getLogger(Pending.class);

  private final String userId;
  private long startNanos;

  /** By what rule it was let in, see {@link #admit}. */
  private Object admittedBy;

  protected Pending(String userId) {
    this(userId, System.nanoTime());
  }

  /**
   * @param startNanos see {@link #startNanos()}; any where {@link #begin} is called
   */
  protected Pending(String userId, long startNanos) {
    this.userId = userId;
    this.startNanos = startNanos;
  }

  /** Makes the request now: what it waited for before is no part of it. */
  protected final void begin() {
    startNanos = System.nanoTime();
  }

  /** A Uni that makes the request when it is subscribed to. */
  public static <R> Uni<R> uni(String userId, Consumer<Pending<R>> request) {
    return uni(new Caller(userId, Map::of), request);
  }

  /** The same of a caller whose attributes may be needed. */
  public static <R> Uni<R> uni(Caller caller, Consumer<Pending<R>> request) {
    return uni(caller, queueId -> null, request);
  }

  /**
   * The same with the pass of a queue.
   *
   * @param pass the pass that was sent, by the queue that demands it; null: none
   */
  public static <R> Uni<R> uni(
      Caller caller, UnaryOperator<String> pass, Consumer<Pending<R>> request) {
    return Uni.createFrom()
        .emitter(
            emitter ->
                request.accept(
                    new Pending<>(caller.getName()) {
                      @Override
                      public Map<String, Object> attributes() {
                        return caller.attributes();
                      }

                      @Override
                      public String pass(String queueId) {
                        return pass.apply(queueId);
                      }

                      @Override
                      protected void decided(R result) {
                        emitter.complete(result);
                      }

                      @Override
                      protected void failed(Throwable why) {
                        emitter.fail(why);
                      }
                    }));
  }

  public final String userId() {
    return userId;
  }

  /** The verified attributes of the user, for rules. */
  public Map<String, Object> attributes() {
    return Map.of();
  }

  /** The pass of a queue as it was sent, not verified; null: none. */
  public String pass(String queueId) {
    return null;
  }

  /** Notes that this rule lets it in, so that nobody checks it by the same rule again. */
  public final void admit(Object rule) {
    admittedBy = rule;
  }

  public final boolean isAdmittedBy(Object rule) {
    return admittedBy == rule;
  }

  /** When the request was made, by {@link System#nanoTime}. */
  public final long startNanos() {
    return startNanos;
  }

  public final void complete(R result) {
    try {
      decided(result);
    } catch (RuntimeException e) {
      notSent(e);
    }
  }

  /**
   * @param why a {@link io.firstcome.http.problem.ProblemException} or a {@link
   *     io.firstcome.redis.RedisException}; anything else is a defect
   */
  public final void fail(Throwable why) {
    try {
      failed(why);
    } catch (RuntimeException e) {
      notSent(e);
    }
  }

  /** Not thrown: the rest of the batch must get its responses. */
  private void notSent(RuntimeException e) {
    LOG.errorf(e, "Could not send the response to %s", userId);
  }

  protected abstract void decided(R result);

  protected abstract void failed(Throwable why);
}
