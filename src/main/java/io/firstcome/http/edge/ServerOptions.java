package io.firstcome.http.edge;

import io.quarkus.vertx.VertxOptionsCustomizer;
import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.tracing.TracingOptions;
import jakarta.inject.Singleton;
import java.util.List;

/**
 * What the HTTP server speaks: HTTP/1.1, with a bound on pipelining ({@link RequestQueue}).
 *
 * <p>HTTP/2 is off, whatever {@code quarkus.http.http2} says: closing a connection with many open
 * streams takes time quadratic in the streams, on the event loop, and no setting bounds it. An
 * offer to upgrade ({@code Upgrade: h2c}) is ignored, as RFC 9110 allows.
 *
 * <p>WebSockets are not used. What compresses them would look at every request and every answer.
 */
@Singleton
class ServerOptions implements HttpServerOptionsCustomizer, VertxOptionsCustomizer {

  private final ConnectionConfig connections;

  ServerOptions(ConnectionConfig connections) {
    this.connections = connections;
  }

  @Override
  public void accept(VertxOptions options) {
    options.setTracingOptions(
        new TracingOptions()
            .setFactory(
                ignored ->
                    new RequestQueue.Installer(
                        connections.maxPipelined(),
                        new UnreadAnswers(connections.maxUnread().asLongValue()))));
  }

  @Override
  public void customizeHttpServer(HttpServerOptions options) {
    options.setHttp2ClearTextEnabled(false);
    options.setPerFrameWebSocketCompressionSupported(false);
    options.setPerMessageWebSocketCompressionSupported(false);
  }

  @Override
  public void customizeHttpsServer(HttpServerOptions options) {
    customizeHttpServer(options);
    options.setUseAlpn(true).setAlpnVersions(List.of(HttpVersion.HTTP_1_1));
  }

  @Override
  public void customizeDomainSocketServer(HttpServerOptions options) {
    customizeHttpServer(options);
  }
}
