package io.firstcome.ledger.drain;

import io.firstcome.ledger.LedgerStore;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;

/**
 * How far the drain of a ledger is, whoever drains it. It blocks.
 *
 * <p>A ledger is drained in order, and an entry leaves it after its transaction has committed: once
 * the entry that was the last is gone, all that was decided before is in MySQL or a dead letter.
 */
@ApplicationScoped
public class LedgerProgress {

  private static final long LOOK_EVERY_NANOS = Duration.ofMillis(20).toNanos();

  private final Scripts redis;
  private final Drainer drainer;

  LedgerProgress(Scripts redis, Drainer drainer) {
    this.redis = redis;
    this.drainer = drainer;
  }

  /**
   * When the oldest entry was decided, in microseconds since 1970; {@code Long.MAX_VALUE} where the
   * ledger is empty. What was decided before is in MySQL, but for what was appended again.
   */
  public long oldestMicros(String tag) {
    Response entry = first(Command.XRANGE, tag, "-", "+");
    if (entry == null) {
      return Long.MAX_VALUE;
    }
    String at = LedgerStore.fields(entry.get(1), 0).get("at");
    try {
      return at == null ? 0 : Long.parseLong(at);
    } catch (NumberFormatException e) {
      // Malformed: it will be a dead letter. Until then all may be on the way.
      return 0;
    }
  }

  /**
   * The id of the last entry there ever was, whether or not it has been drained: where it is the
   * same as before, nothing was decided in between. Empty where there never was one.
   */
  public String lastId(String tag) {
    String key = Keys.ledger(tag);
    if (await(redis.send(Command.EXISTS, key)).toInteger() == 0) {
      return "";
    }
    return await(redis.send(Command.XINFO, "STREAM", key)).get("last-generated-id").toString();
  }

  /** Entries of the ledger that MySQL refused for good. */
  public long deadLetters(String tag) {
    return await(redis.send(Command.XLEN, Keys.deadLetters(tag))).toLong();
  }

  /**
   * Waits until all that is in the ledger now has been drained, and not for what comes after.
   *
   * @return whether that was so in time
   * @throws CancellationException when the thread is interrupted
   */
  public boolean awaitPassed(String tag, Duration atMost) {
    Response last = first(Command.XREVRANGE, tag, "+", "-");
    if (last == null) {
      return true;
    }
    long deadline = System.nanoTime() + atMost.toNanos();
    drainer.wrote(tag);
    while (true) {
      Response oldest = first(Command.XRANGE, tag, "-", "+");
      if (oldest == null || isAfter(oldest.get(0).toString(), last.get(0).toString())) {
        return true;
      }
      if (System.nanoTime() >= deadline) {
        return false;
      }
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
      if (Thread.currentThread().isInterrupted()) {
        throw new CancellationException("Interrupted");
      }
    }
  }

  private Response first(Command command, String tag, String from, String to) {
    Response found = await(redis.send(command, Keys.ledger(tag), from, to, "COUNT", 1));
    return found.size() == 0 ? null : found.get(0);
  }

  /** Ids are milliseconds and a number, both to be compared as such. */
  private static boolean isAfter(String id, String other) {
    long[] a = parts(id);
    long[] b = parts(other);
    return a[0] != b[0] ? a[0] > b[0] : a[1] > b[1];
  }

  private static long[] parts(String id) {
    return Arrays.stream(id.split("-")).mapToLong(Long::parseUnsignedLong).toArray();
  }

  private <T> T await(Uni<T> reply) {
    return reply.await().atMost(redis.timeout().plusSeconds(5));
  }
}
