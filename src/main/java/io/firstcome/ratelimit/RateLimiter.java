package io.firstcome.ratelimit;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ratelimit.RateLimits.Answer;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.RedisLink;
import io.firstcome.redis.Script;
import io.micrometer.core.instrument.Counter;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * The buckets of one kind, as one event loop asks for them: a call each, since each lies in a slot
 * of its own, behind one another on the loop's link to Redis.
 *
 * <p>A bucket that was told to be empty stays empty until the time it was told, whoever else takes
 * from it. So whoever goes on asking is refused from memory, and costs Redis nothing.
 *
 * <p>Where Redis does not do it, nobody is refused: it has to be asked for the claim itself as
 * well, and that answer tells more.
 */
final class RateLimiter {

  private static final Script SCRIPT = Script.named("rate-limit");

  /** At most this part of the calls of a link is for these: the rest is for what they ask for. */
  private static final int PART_OF_LINK = 4;

  static final int MAX_WAITING = 8_192;

  /** Empty buckets that are remembered. */
  private static final int MAX_EMPTY = 4_096;

  private static final Problem OVERLOADED = Problem.of(ProblemType.OVERLOADED);

  private final Limit limit;
  private final RedisLink link;
  private final int maxInFlight;
  private final Counter refused;
  private final Counter notAsked;

  private final ArrayDeque<Take> waiting = new ArrayDeque<>();
  private int inFlight;
  private boolean sending;

  /** Whose, and until when, by {@link System#nanoTime}. */
  private final Map<String, Long> empty = new HashMap<>();

  /**
   * @param maxCalls of the link
   * @param refused counts those for whom there was no token
   * @param notAsked counts those for whom Redis could not be asked
   */
  RateLimiter(Limit limit, RedisLink link, int maxCalls, Counter refused, Counter notAsked) {
    this.limit = limit;
    this.link = link;
    this.maxInFlight = Math.max(1, maxCalls / PART_OF_LINK);
    this.refused = refused;
    this.notAsked = notAsked;
  }

  /** Why this one is refused, where its bucket is remembered to be empty; else null. */
  Problem refusal(String whose) {
    Long until = empty.get(whose);
    if (until == null) {
      return null;
    }
    long wait = until - System.nanoTime();
    if (wait <= 0) {
      empty.remove(whose);
      return null;
    }
    return refusal(Duration.ofNanos(wait));
  }

  /** Takes a token from the bucket of this one. */
  void take(String whose, Answer answer) {
    Problem refusal = refusal(whose);
    if (refusal != null) {
      answer.refused(refusal);
      return;
    }
    if (waiting.size() >= MAX_WAITING) {
      answer.refused(OVERLOADED);
      return;
    }
    waiting.add(new Take(whose, answer, System.nanoTime()));
    send();
  }

  private void send() {
    if (sending) {
      // Where a call fails at once, the answer to it comes in the midst of this loop.
      return;
    }
    sending = true;
    while (inFlight < maxInFlight && !waiting.isEmpty()) {
      Take next = waiting.poll();
      if (System.nanoTime() - next.startNanos >= link.timeout().toNanos()) {
        // Nothing was done for it yet, and whoever waits that long has often gone away.
        next.answer.refused(OVERLOADED);
      } else {
        inFlight++;
        link.call(SCRIPT, 1, limit.call(next.whose), next);
      }
    }
    sending = false;
  }

  private Problem refusal(Duration wait) {
    refused.increment();
    return Problem.of(ProblemType.TOO_MANY_REQUESTS).retryAfter(wait);
  }

  private void remember(String whose, Duration wait) {
    if (empty.size() >= MAX_EMPTY) {
      // Those that go on asking are back at once.
      empty.clear();
    }
    empty.put(whose, System.nanoTime() + wait.toNanos());
  }

  private final class Take implements RedisLink.Answer {

    private final String whose;
    private final Answer answer;
    private final long startNanos;

    Take(String whose, Answer answer, long startNanos) {
      this.whose = whose;
      this.answer = answer;
      this.startNanos = startNanos;
    }

    @Override
    public void reply(Response reply) {
      inFlight--;
      Duration wait = Duration.ofMillis(reply.toLong());
      if (wait.isZero()) {
        answer.passed();
      } else {
        remember(whose, wait);
        answer.refused(refusal(wait));
      }
      send();
    }

    @Override
    public void failed(RedisException why) {
      inFlight--;
      if (why.outcome() == RedisException.Outcome.OVERLOADED) {
        answer.refused(OVERLOADED);
      } else {
        notAsked.increment();
        answer.passed();
      }
      send();
    }
  }
}
