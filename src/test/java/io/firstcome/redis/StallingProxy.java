package io.firstcome.redis;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A way to a server that can be long, or on which both ends can fall silent and no connection ends,
 * as when a machine or a network is gone: what is sent then, and on connections made then, is lost
 * for ever.
 */
public final class StallingProxy implements AutoCloseable {

  private static final String HOST = "127.0.0.1";

  private final Vertx vertx = Vertx.vertx();
  private final NetServer server = vertx.createNetServer();
  private final NetClient client = vertx.createNetClient();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger received = new AtomicInteger();
  private volatile boolean stalled;
  private volatile int delayMillis;

  public StallingProxy(int port) {
    server.connectHandler(
        from -> {
          connections.incrementAndGet();
          from.pause();
          client
              .connect(port, HOST)
              .onSuccess(
                  to -> {
                    join(to, from);
                    join(from, to);
                    from.handler(
                        data -> {
                          received.incrementAndGet();
                          forward(data, to);
                        });
                    from.resume();
                  })
              .onFailure(e -> from.close());
        });
    server.listen(0, HOST).toCompletionStage().toCompletableFuture().join();
  }

  private void join(NetSocket one, NetSocket other) {
    one.handler(data -> forward(data, other)).closeHandler(closed -> other.close());
  }

  private void forward(Buffer data, NetSocket to) {
    if (stalled) {
      return;
    }
    if (delayMillis > 0) {
      vertx.setTimer(delayMillis, timer -> to.write(data));
    } else {
      to.write(data);
    }
  }

  public String uri() {
    return "redis://" + HOST + ":" + port();
  }

  public int port() {
    return server.actualPort();
  }

  /** How long what is sent from now on is on its way, in milliseconds; not shorter than before. */
  public void delay(int millis) {
    delayMillis = millis;
  }

  public void stall() {
    stalled = true;
  }

  public void flow() {
    stalled = false;
  }

  /** Connections that have been made, ended or not. */
  public int connections() {
    return connections.get();
  }

  /** How often something came from the clients. */
  public long received() {
    return received.get();
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
