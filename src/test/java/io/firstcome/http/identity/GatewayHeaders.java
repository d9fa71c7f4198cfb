package io.firstcome.http.identity;

import io.restassured.RestAssured;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Adds {@link Gateway#headers()} to every request of REST Assured, whoever makes it, and has the
 * application close the connection after its answer. REST Assured has a client for each request and
 * leaves their connections open: an application of few connections refused those of the next test,
 * which saw no answer. (Closed by REST Assured, they are closed before a long answer is read.)
 */
public final class GatewayHeaders implements LauncherSessionListener {
  @Override
  public void launcherSessionOpened(LauncherSession session) {
    RestAssured.filters(
        (request, response, context) -> {
          // Replaced: a specification may be sent twice.
          request.replaceHeader("Connection", "close");
          Gateway.headers().forEach(request::replaceHeader);
          return context.next(request, response);
        });
  }
}
