package io.firstcome.http.identity;

import io.restassured.RestAssured;
import org.apache.http.HttpConnection;
import org.apache.http.NoHttpResponseException;
import org.apache.http.client.HttpClient;
import org.apache.http.impl.client.DefaultHttpClient;
import org.apache.http.protocol.HttpCoreContext;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * What holds for every request of REST Assured, whoever makes it: it has {@link Gateway#headers()},
 * and is sent again if the connection that it was sent on had been closed while nobody used it.
 */
public final class RestAssuredSetUp implements LauncherSessionListener {
  @Override
  public void launcherSessionOpened(LauncherSession session) {
    RestAssured.config =
        RestAssured.config()
            .httpClient(
                RestAssured.config()
                    .getHttpClientConfig()
                    .httpClientFactory(RestAssuredSetUp::client));
    if (!Gateway.headers().isEmpty()) {
      RestAssured.filters(
          (request, response, context) -> {
            // Replaced: a specification may be sent twice.
            Gateway.headers().forEach(request::replaceHeader);
            return context.next(request, response);
          });
    }
  }

  // The kind of client that REST Assured takes.
  @SuppressWarnings("deprecation")
  private static HttpClient client() {
    DefaultHttpClient client = new DefaultHttpClient();
    client.setHttpRequestRetryHandler(
        (failure, attempts, context) ->
            attempts == 1
                && failure instanceof NoHttpResponseException
                && context.getAttribute(HttpCoreContext.HTTP_CONNECTION)
                    instanceof HttpConnection connection
                && connection.getMetrics().getRequestCount() > 1);
    return client;
  }
}
