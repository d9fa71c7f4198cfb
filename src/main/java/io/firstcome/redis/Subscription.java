package io.firstcome.redis;

import io.vertx.core.Vertx;
import io.vertx.core.impl.ContextInternal;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Listens to channels of Redis, on a connection of its own, and says for how long it does.
 *
 * <p>A connection can die without a word (a machine or a network that is gone): who only listens
 * would never know. So it is asked, again and again, whether it is there; where no answer comes in
 * time, where one cannot be made in time, and where it ends, it is made anew.
 */
public final class Subscription {

  /** What is heard. Called by one thread at a time. */
  public interface Listener {
    /** From now on every message is heard, until it is {@link #lost}. */
    void listening();

    void message(String channel, String message);

    /** Messages may have been missed since the last one, and are until it is listening again. */
    void lost();
  }

  private static final Logger LOG = Logger.getLogger(Subscription.class);

  /** How often it is asked whether it is there. */
  private static final long PING_MILLIS = 500;

  /** How long it waits, and as long again at most, before it is made anew. */
  private static final long PAUSE_MILLIS = 250;

  private final ContextInternal context;
  private final Supplier<Redis> clients;
  private final long timeoutNanos;
  private final String pattern;
  private final Listener listener;

  /** Null between two attempts. The rest belongs to it. */
  private Redis client;

  private RedisConnection connection;
  private boolean listening;
  private boolean asked;
  private long askedNanos;
  private boolean stopped;

  /**
   * @param clients each a client of its own: it is closed with what it has under way
   * @param timeout how long Redis may take to answer, and to be connected
   * @param pattern of the channels
   */
  public Subscription(
      Vertx vertx, Supplier<Redis> clients, Duration timeout, String pattern, Listener listener) {
    this.context = (ContextInternal) vertx.getOrCreateContext();
    this.clients = clients;
    this.timeoutNanos = timeout.toNanos();
    this.pattern = pattern;
    this.listener = listener;
  }

  /** Begins to listen. */
  public void start() {
    context.runOnContext(v -> connect());
  }

  /** Listens no more, and says nothing any more. */
  public void stop() {
    context.runOnContext(
        v -> {
          stopped = true;
          drop();
        });
  }

  /** Leaves the server, though it may still answer, and listens anew. */
  public void renew() {
    context.runOnContext(
        v -> {
          if (client != null) {
            lost(client, "it moves to another server");
          }
        });
  }

  private void connect() {
    if (stopped) {
      return;
    }
    Redis mine = clients.get();
    client = mine;
    // Until it listens, it is asked for that.
    asked = true;
    askedNanos = System.nanoTime();
    watchAgain(mine);
    mine.connect()
        .onComplete(
            done -> {
              if (client != mine) {
                return;
              }
              if (done.succeeded()) {
                subscribe(mine, done.result());
              } else {
                lost(mine, done.cause().getMessage());
              }
            });
  }

  private void subscribe(Redis mine, RedisConnection made) {
    connection = made;
    made.handler(message -> heard(mine, message));
    // A connection that fails does not always end as well.
    made.exceptionHandler(e -> lost(mine, e.getMessage()));
    made.endHandler(end -> lost(mine, "it was closed"));
    made.send(Request.cmd(Command.PSUBSCRIBE).arg(pattern))
        .onFailure(e -> lost(mine, e.getMessage()));
  }

  private void watchAgain(Redis mine) {
    context.setTimer(PING_MILLIS, timer -> watch(mine));
  }

  private void watch(Redis mine) {
    if (client != mine) {
      return;
    }
    if (!asked) {
      asked = true;
      askedNanos = System.nanoTime();
      // In the older protocol (RESP2) a message that comes first is taken for its reply.
      connection
          .send(Request.cmd(Command.PING))
          .onSuccess(reply -> heard(mine, reply))
          .onFailure(e -> lost(mine, e.getMessage()));
    } else if (System.nanoTime() - askedNanos >= timeoutNanos) {
      lost(mine, "no answer in time");
      return;
    }
    watchAgain(mine);
  }

  private void heard(Redis mine, Response message) {
    if (client != mine) {
      return;
    }
    String kind =
        message.type() == ResponseType.SIMPLE ? message.toString() : message.get(0).toString();
    switch (kind) {
      case "psubscribe" -> {
        listening = true;
        listener.listening();
      }
      case "pmessage" -> listener.message(message.get(2).toString(), message.get(3).toString());
      case "PONG", "pong" -> {}
      default -> LOG.debugf("Unexpected message on the subscription: %s", message);
    }
    // Whatever it says, it is there.
    asked = false;
  }

  private void lost(Redis mine, String why) {
    if (client != mine) {
      return;
    }
    boolean heardUntilNow = listening;
    drop();
    if (heardUntilNow) {
      LOG.warnf("Lost the subscription to changes (%s); reconnecting", why);
      listener.lost();
    }
    context.setTimer(
        PAUSE_MILLIS + ThreadLocalRandom.current().nextLong(PAUSE_MILLIS), timer -> connect());
  }

  private void drop() {
    Redis old = client;
    client = null;
    connection = null;
    listening = false;
    if (old != null) {
      old.close();
    }
  }
}
