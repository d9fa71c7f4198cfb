package io.firstcome.http.edge;

import io.netty.handler.codec.DateFormatter;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.Date;

/**
 * What every answer carries: {@code Date}, {@code X-Content-Type-Options: nosniff} and, of the API,
 * {@code Cache-Control: no-store}, since most of it is somebody's own. Resources that are the same
 * for all say {@code no-cache} instead: a cache may keep them, and asks before it serves them.
 */
public final class AnswerHeaders {
  private static final CharSequence CONTENT_TYPE_OPTIONS =
      HttpHeaders.createOptimized("x-content-type-options");
  private static final CharSequence NOSNIFF = HttpHeaders.createOptimized("nosniff");
  private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");

  private record Now(long second, CharSequence date) {}

  /** Written once a second: not for each answer. */
  private static volatile Now now = new Now(-1, "");

  private AnswerHeaders() {}

  /**
   * Has the answer to this request carry them, whoever gives it. Not by a filter of JAX-RS: for one
   * that is there for all, it makes a request scope and a {@code Response} for each request.
   */
  static void on(RoutingContext request) {
    HttpServerResponse response = request.response();
    request.addHeadersEndHandler(
        end -> {
          MultiMap headers = response.headers();
          all(headers);
          if (!headers.contains(HttpHeaders.CACHE_CONTROL)) {
            headers.set(HttpHeaders.CACHE_CONTROL, NO_STORE);
          }
        });
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
