package io.firstcome.http.identity;

import io.restassured.RestAssured;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Adds {@link Gateway#headers()} to every request of REST Assured, whoever makes it. */
public final class GatewayHeaders implements LauncherSessionListener {
  @Override
  public void launcherSessionOpened(LauncherSession session) {
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
