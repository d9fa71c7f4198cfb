package io.firstcome.chaos;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * A way from one process to a server that can be cut, slow, or silent, and lead to another server
 * from now on. What is held back is delivered late and in order, as when a network comes back.
 */
final class ChaosProxy implements AutoCloseable {
  private static final String HOST = "127.0.0.1";
  private static final int CONNECT_TIMEOUT_MILLIS = 2_000;

  private final Vertx vertx;
  private final NetServer server;
  private final NetClient client;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private volatile int target;
  private volatile int delayMillis;
  private volatile boolean holdsRequests;
  private volatile boolean holdsReplies;

  ChaosProxy(Vertx vertx, int target) {
    this.vertx = vertx;
    this.target = target;
    this.client =
        vertx.createNetClient(new NetClientOptions().setConnectTimeout(CONNECT_TIMEOUT_MILLIS));
    this.server = vertx.createNetServer().connectHandler(this::accept);
    server.listen(0, HOST).toCompletionStage().toCompletableFuture().join();
  }

  int port() {
    return server.actualPort();
  }

  /** New connections go there; those there are stay where they are. */
  void lead(int port) {
    target = port;
  }

  /** Ends every connection. */
  void cut() {
    connections.forEach(Connection::close);
  }

  /** Whatever passes takes so much longer, each way; 0: no longer. */
  void delay(int millis) {
    delayMillis = millis;
  }

  /** Nothing passes, one way or both, and no connection ends. */
  void hold(boolean requests, boolean replies) {
    holdsRequests = requests;
    holdsReplies = replies;
    connections.forEach(Connection::update);
  }

  /** What was held passes. */
  void flow() {
    delayMillis = 0;
    hold(false, false);
  }

  @Override
  public void close() {
    server.close();
    client.close();
    cut();
  }

  private void accept(NetSocket from) {
    from.pause();
    client
        .connect(target, HOST)
        .onSuccess(to -> connections.add(new Connection(from, to)))
        .onFailure(e -> from.close());
  }

  /** Both directions of a connection; all of it runs on one event loop. */
  private final class Connection {
    private final Context context = vertx.getOrCreateContext();
    private final Direction requests;
    private final Direction replies;

    Connection(NetSocket client, NetSocket server) {
      requests = new Direction(client, server, () -> holdsRequests);
      replies = new Direction(server, client, () -> holdsReplies);
      client.closeHandler(closed -> end(server));
      server.closeHandler(closed -> end(client));
      update();
    }

    void update() {
      context.runOnContext(
          now -> {
            requests.update();
            replies.update();
          });
    }

    void close() {
      end(requests.from);
      end(replies.from);
    }

    private void end(NetSocket socket) {
      connections.remove(this);
      socket.close();
    }
  }

  private final class Direction {
    private final NetSocket from;
    private final NetSocket to;
    private final BooleanSupplier held;

    /** Something read is late: nothing more is read, so that nothing overtakes it. */
    private boolean late;

    Direction(NetSocket from, NetSocket to, BooleanSupplier held) {
      this.from = from;
      this.to = to;
      this.held = held;
      from.exceptionHandler(e -> from.close());
      from.handler(this::pass);
    }

    private void pass(Buffer data) {
      if (delayMillis == 0) {
        to.write(data);
        return;
      }
      late = true;
      from.pause();
      vertx.setTimer(
          delayMillis,
          timer -> {
            to.write(data);
            late = false;
            update();
          });
    }

    private void update() {
      if (late || held.getAsBoolean()) {
        from.pause();
      } else {
        from.resume();
      }
    }
  }
}
