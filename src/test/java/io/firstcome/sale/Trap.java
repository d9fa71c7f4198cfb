package io.firstcome.sale;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * A way to a server on which one message stops: before it arrives, or when its reply comes back.
 * What is behind it on the same connection waits with it.
 */
final class Trap implements AutoCloseable {

  private static final String HOST = "127.0.0.1";

  /** Where a message stops: before or after what it brings about. */
  enum At {
    BEFORE,
    AFTER
  }

  private final Vertx vertx = Vertx.vertx();
  private final NetServer server = vertx.createNetServer();
  private final NetClient client = vertx.createNetClient();

  private List<String> texts;
  private At at;
  private CompletableFuture<Void> caught;
  private Connection holding;

  Trap(int target) {
    server.connectHandler(
        from -> {
          from.pause();
          client
              .connect(target, HOST)
              .onSuccess(to -> new Connection(from, to))
              .onFailure(e -> from.close());
        });
    server.listen(0, HOST).toCompletionStage().toCompletableFuture().join();
  }

  int port() {
    return server.actualPort();
  }

  /**
   * Stops the next message that has all of these texts.
   *
   * @return ends when it has stopped
   */
  synchronized CompletableFuture<Void> arm(At where, String... words) {
    at = where;
    texts = List.of(words);
    caught = new CompletableFuture<>();
    return caught;
  }

  /** Nothing stops any more, and what has stopped goes on. */
  synchronized void disarm() {
    texts = null;
    release();
  }

  /** What has stopped goes on, however late. */
  synchronized void release() {
    if (holding != null) {
      holding.release();
    }
    holding = null;
  }

  /** What has stopped is lost, and its connection ends. */
  synchronized void lose() {
    if (holding != null) {
      holding.from.close();
      holding.to.close();
    }
    holding = null;
  }

  /** Whether this is the message, which is stopped only once. */
  private synchronized boolean catches(Buffer data) {
    if (texts == null) {
      return false;
    }
    String message = data.toString(StandardCharsets.ISO_8859_1);
    boolean caughtIt = texts.stream().allMatch(message::contains);
    if (caughtIt) {
      texts = null;
    }
    return caughtIt;
  }

  @Override
  public void close() {
    Stream.of(server.close(), client.close(), vertx.close())
        .forEach(end -> end.toCompletionStage().toCompletableFuture().join());
  }

  private final class Connection {
    private final NetSocket from;
    private final NetSocket to;
    private final List<Buffer> heldRequests = new ArrayList<>();
    private final List<Buffer> heldReplies = new ArrayList<>();
    private boolean holdsRequests;
    private boolean holdsReplies;

    Connection(NetSocket from, NetSocket to) {
      this.from = from;
      this.to = to;
      from.handler(this::request).closeHandler(closed -> to.close());
      to.handler(this::reply).closeHandler(closed -> from.close());
      from.resume();
    }

    private void request(Buffer data) {
      synchronized (Trap.this) {
        if (catches(data)) {
          holding = this;
          holdsRequests = at == At.BEFORE;
          holdsReplies = at == At.AFTER;
          if (holdsRequests) {
            caught.complete(null);
          }
        }
        if (holdsRequests) {
          heldRequests.add(data);
        } else {
          to.write(data);
        }
      }
    }

    private void reply(Buffer data) {
      synchronized (Trap.this) {
        if (holdsReplies) {
          heldReplies.add(data);
          caught.complete(null);
        } else {
          from.write(data);
        }
      }
    }

    private void release() {
      holdsRequests = false;
      holdsReplies = false;
      heldRequests.forEach(to::write);
      heldReplies.forEach(from::write);
      heldRequests.clear();
      heldReplies.clear();
    }
  }
}
