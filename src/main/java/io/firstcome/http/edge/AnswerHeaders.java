package io.firstcome.http.edge;

import io.netty.handler.codec.DateFormatter;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ContainerResponseContext;
import java.util.Date;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;

/**
 * What every answer carries: {@code Date}, {@code X-Content-Type-Options: nosniff} and, of the API,
 * {@code Cache-Control: no-store}, since most of it is somebody's own. Resources that are the same
 * for all say {@code no-cache} instead: a cache may keep them, and asks before it serves them.
 */
@Singleton
public class AnswerHeaders {
  // Before whatever may answer, so that refusals have them too.
  private static final int PRIORITY = 1_000;

  private static final CharSequence CONTENT_TYPE_OPTIONS =
      HttpHeaders.createOptimized("x-content-type-options");
  private static final CharSequence NOSNIFF = HttpHeaders.createOptimized("nosniff");
  private static final String NO_STORE = "no-store";

  private record Now(long second, CharSequence date) {}

  /** Written once a second: not for each answer. */
  private static volatile Now now = new Now(-1, "");

  void filters(@Observes Filters filters) {
    filters.register(AnswerHeaders::add, PRIORITY);
  }

  private static void add(RoutingContext request) {
    all(request.response().headers());
    request.next();
  }

  @ServerResponseFilter
  void personal(ContainerResponseContext answer) {
    if (!answer.getHeaders().containsKey(jakarta.ws.rs.core.HttpHeaders.CACHE_CONTROL)) {
      answer.getHeaders().putSingle(jakarta.ws.rs.core.HttpHeaders.CACHE_CONTROL, NO_STORE);
    }
  }

  /** The headers of an answer that is for one client alone. */
  public static void personal(HttpServerResponse response) {
    MultiMap headers = response.headers();
    all(headers);
    headers.set(HttpHeaders.CACHE_CONTROL, NO_STORE);
  }

  private static void all(MultiMap headers) {
    headers.set(HttpHeaders.DATE, date());
    headers.set(CONTENT_TYPE_OPTIONS, NOSNIFF);
  }

  private static CharSequence date() {
    long millis = System.currentTimeMillis();
    Now last = now;
    if (last.second != millis / 1_000) {
      last =
          new Now(
              millis / 1_000, HttpHeaders.createOptimized(DateFormatter.format(new Date(millis))));
      now = last;
    }
    return last.date;
  }
}
