package io.firstcome.http.edge;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.quarkus.vertx.http.ManagementInterface;
import io.quarkus.vertx.http.runtime.HttpCertificateUpdateEventListener;
import io.quarkus.vertx.http.runtime.ServerSslConfig;
import io.quarkus.vertx.http.runtime.management.ManagementConfig;
import io.quarkus.vertx.http.runtime.management.ManagementInterfaceBuildTimeConfig;
import io.quarkus.vertx.http.runtime.options.HttpServerCommonHandlers;
import io.quarkus.vertx.http.runtime.options.HttpServerOptionsUtils;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * The server of the management port: HTTP/1.1 alone, and a bound on connections. The server that
 * Quarkus has for it ({@code quarkus.management.host-enabled}, off) has neither: it accepts HTTP/2,
 * whose streams hold up an event loop ({@link ServerOptions}) and the claims on it.
 *
 * <p>Above the bound the connection used least recently is closed: a new one, which may be a
 * probe's, is always served.
 */
@Singleton
public class ManagementServer {
  private static final Logger LOG = Logger.getLogger(ManagementServer.class);
  private static final long SECONDS_TO_LISTEN = 20;
  private static final int NOT_IMPLEMENTED = 501;
  private static final String TLS_NAME = "quarkus.management.tls-configuration-name";

  private final Vertx vertx;
  private final ManagementConfig config;
  private final ManagementInterfaceBuildTimeConfig built;
  private final TlsConfigurationRegistry tls;
  private final HttpCertificateUpdateEventListener certificates;
  private final int maxConnections;

  /** The one used least recently first. */
  private final Set<HttpConnection> open = new LinkedHashSet<>();

  private Router router;
  private HttpServerOptions options;
  private HttpServer server;

  ManagementServer(
      Vertx vertx,
      ManagementConfig config,
      ManagementInterfaceBuildTimeConfig built,
      TlsConfigurationRegistry tls,
      HttpCertificateUpdateEventListener certificates,
      @ConfigProperty(name = "firstcome.management.max-connections", defaultValue = "64")
          int maxConnections) {
    this.vertx = vertx;
    this.config = config;
    this.built = built;
    this.tls = tls;
    this.certificates = certificates;
    this.maxConnections = maxConnections;
  }

  void router(@Observes ManagementInterface management) {
    router = management.router();
  }

  /** With the other settings, before anything runs that a refusal would have to end. */
  void prepare(@Observes @Priority(-1) StartupEvent event) {
    options = options();
  }

  /** The last at startup, as Quarkus opens its ports after it. */
  void listen(@Observes @Priority(Integer.MAX_VALUE) StartupEvent event) {
    Handler<HttpServerRequest> routes =
        HttpServerCommonHandlers.enforceDuplicatedContext(router, true);
    String address = config.host() + ":" + options.getPort();
    server =
        await(
            vertx
                .createHttpServer(options)
                .connectionHandler(this::opened)
                .requestHandler(request -> serve(request, routes))
                .listen(),
            "Could not listen on the management port, " + address);
    if (options.isSsl()) {
      certificates.register(
          server, config.tlsConfigurationName().orElse("<default>"), "management");
    }
    LOG.infof(
        "Management interface listening on http%s://%s:%d",
        options.isSsl() ? "s" : "", config.host(), server.actualPort());
  }

  /** The port it listens on: that of the settings, or the one that was drawn if they say 0. */
  public int port() {
    return server.actualPort();
  }

  @PreDestroy
  void close() {
    if (server != null) {
      await(server.close(), "Could not close the management port");
    }
  }

  private HttpServerOptions options() {
    HttpServerOptions http = new HttpServerOptions();
    HttpServerOptionsUtils.applyCommonOptionsForManagementInterface(http, built, config, List.of());
    http.setPort(config.determinePort(LaunchMode.current()));
    http.setHttp2ClearTextEnabled(false);
    Optional<TlsConfiguration> certificate = certificate();
    if (certificate.isPresent()) {
      HttpServerOptionsUtils.applyTlsConfigurationToHttpServerOptions(certificate.get(), http);
      http.setClientAuth(built.tlsClientAuth());
      http.setUseAlpn(true).setAlpnVersions(List.of(HttpVersion.HTTP_1_1));
    }
    return http;
  }

  private Optional<TlsConfiguration> certificate() {
    ServerSslConfig old = config.ssl();
    if (old.certificate().files().isPresent() || old.certificate().keyStoreFile().isPresent()) {
      throw new ConfigurationException(
          "quarkus.management.ssl.certificate is not supported. Name a TLS configuration in"
              + " "
              + TLS_NAME);
    }
    Optional<String> name = config.tlsConfigurationName();
    if (name.isPresent()) {
      Optional<TlsConfiguration> named = tls.get(name.get());
      if (named.map(TlsConfiguration::getKeyStoreOptions).isEmpty()) {
        throw new ConfigurationException(
            TLS_NAME
                + ": there is no TLS configuration '"
                + name.get()
                + "' with a key store. Set quarkus.tls."
                + name.get()
                + ".key-store.pem.a.cert and .key");
      }
      return named;
    }
    return tls.getDefault().filter(configuration -> configuration.getKeyStoreOptions() != null);
  }

  private void serve(HttpServerRequest request, Handler<HttpServerRequest> routes) {
    if (!HttpEdge.METHODS.contains(request.method())) {
      // Also 'PRI', with which HTTP/2 begins. What follows it is not read.
      request
          .response()
          .setStatusCode(NOT_IMPLEMENTED)
          .putHeader(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE)
          .end()
          // Vert.x would keep it open for a version that it does not know.
          .onComplete(answered -> request.connection().close());
      return;
    }
    used(request.connection());
    routes.handle(request);
  }

  private void opened(HttpConnection connection) {
    connection.closeHandler(closed -> forget(connection));
    HttpConnection tooMany = null;
    synchronized (open) {
      open.add(connection);
      if (open.size() > maxConnections) {
        tooMany = open.iterator().next();
        open.remove(tooMany);
      }
    }
    if (tooMany != null) {
      tooMany.close();
    }
  }

  private void used(HttpConnection connection) {
    synchronized (open) {
      if (open.remove(connection)) {
        open.add(connection);
      }
    }
  }

  private void forget(HttpConnection connection) {
    synchronized (open) {
      open.remove(connection);
    }
  }

  private static <T> T await(Future<T> future, String otherwise) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(SECONDS_TO_LISTEN, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new ConfigurationException(otherwise + ": " + e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException(otherwise, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(otherwise, e);
    }
  }
}
