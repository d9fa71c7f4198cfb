package io.firstcome.stock;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.RedisLink;
import io.firstcome.redis.Script;
import io.vertx.core.Handler;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The reservations of one sale on one event loop, on their way to Redis: one call at a time, those
 * that come meanwhile go together as the next, as claims do. A failed call fails its own alone.
 */
final class ReserveLane {

  /** Lines of one call at most: what is read and written for it stays small. */
  private static final int MAX_LINES = 1_000;

  /** What becomes of the reservations. */
  interface Desk {
    void replied(HotSale sale, PendingReservation[] reservations, ReserveReply reply);

    void failed(HotSale sale, PendingReservation reservation, Throwable why);

    /** Whether MySQL is known to be away. */
    boolean isDatabaseAway();

    /** Whether what memory Redis has left is for claims. */
    boolean isRedisShort();
  }

  private static final byte[] YES = {'1'};
  private static final byte[] NO = {'0'};

  private final HotSale sale;
  private final RedisLink link;
  private final Script script;
  private final byte[][] head;
  private final int keys;
  private final Desk desk;
  private final HotStockConfig config;
  private final long patienceNanos;

  private final ArrayDeque<PendingReservation> waiting = new ArrayDeque<>();
  private final Handler<Void> flush = pass -> flush();
  private boolean scheduled;
  private boolean inFlight;

  /**
   * @param head what each call begins with: the keys, then the arguments before the reservations
   * @param keys how many of these are keys
   */
  ReserveLane(
      HotSale sale,
      RedisLink link,
      Script script,
      byte[][] head,
      int keys,
      Desk desk,
      HotStockConfig config) {
    this.sale = sale;
    this.link = link;
    this.script = script;
    this.head = head;
    this.keys = keys;
    this.desk = desk;
    this.config = config;
    this.patienceNanos = link.timeout().toNanos();
  }

  void add(PendingReservation reservation) {
    if (waiting.size() >= config.maxWaiting()) {
      desk.failed(sale, reservation, Problem.of(ProblemType.OVERLOADED).asException());
      return;
    }
    waiting.add(reservation);
    schedule();
  }

  private void schedule() {
    if (!scheduled && !inFlight && !waiting.isEmpty()) {
      scheduled = true;
      link.soon(flush);
    }
  }

  private void flush() {
    scheduled = false;
    refuseLate();
    if (waiting.isEmpty()) {
      return;
    }
    List<PendingReservation> batch = new ArrayList<>();
    List<byte[]> args = new ArrayList<>(head.length + 9 * waiting.size());
    args.addAll(List.of(head));
    args.add(RedisLink.SERVER);
    args.add(desk.isDatabaseAway() ? YES : NO);
    args.add(desk.isRedisShort() ? YES : NO);
    int lines = 0;
    while (!waiting.isEmpty() && batch.size() < config.maxBatch()) {
      lines += waiting.peek().order.quantities().size();
      if (lines > MAX_LINES && !batch.isEmpty()) {
        break;
      }
      PendingReservation next = waiting.poll();
      batch.add(next);
      for (String arg : PendingReservation.args(next.id, next.order)) {
        args.add(arg.getBytes(StandardCharsets.ISO_8859_1));
      }
    }
    inFlight = true;
    link.call(
        script,
        keys,
        args.toArray(byte[][]::new),
        new Batch(batch.toArray(PendingReservation[]::new)));
  }

  /** Nothing was done for them yet, and whoever waits that long has often gone away. */
  private void refuseLate() {
    long now = System.nanoTime();
    while (!waiting.isEmpty() && now - waiting.peek().startNanos >= patienceNanos) {
      desk.failed(sale, waiting.poll(), Problem.of(ProblemType.OVERLOADED).asException());
    }
  }

  private final class Batch implements RedisLink.Answer {

    private final PendingReservation[] reservations;

    Batch(PendingReservation[] reservations) {
      this.reservations = reservations;
    }

    @Override
    public void reply(Response reply) {
      inFlight = false;
      schedule();
      ReserveReply read;
      try {
        read = new ReserveReply(reply);
      } catch (NotLoadedException e) {
        link.doubtServer(head[0]);
        failAll(e);
        return;
      } catch (RuntimeException e) {
        failAll(e);
        return;
      }
      desk.replied(sale, reservations, read);
    }

    @Override
    public void failed(RedisException why) {
      inFlight = false;
      schedule();
      failAll(why);
    }

    private void failAll(Throwable why) {
      for (PendingReservation reservation : reservations) {
        desk.failed(sale, reservation, why);
      }
    }
  }
}
