package io.firstcome.http.identity;

import io.restassured.RestAssured;
import io.restassured.config.ConnectionConfig;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Adds {@link Gateway#headers()} to every request of REST Assured, whoever makes it, and closes its
 * connection after the answer. REST Assured has a client for each request and leaves their
 * connections open: an application of few connections refused those of the next test, which saw no
 * answer.
 */
public final class GatewayHeaders implements LauncherSessionListener {
  @Override
  public void launcherSessionOpened(LauncherSession session) {
    RestAssured.config =
        RestAssured.config()
            .connectionConfig(
                ConnectionConfig.connectionConfig().closeIdleConnectionsAfterEachResponse());
    if (!Gateway.headers().isEmpty()) {
      RestAssured.filters(
          (request, response, context) -> {
            // Replaced: a specification may be sent twice.
            Gateway.headers().forEach(request::replaceHeader);
            return context.next(request, response);
          });
    }
  }
}
