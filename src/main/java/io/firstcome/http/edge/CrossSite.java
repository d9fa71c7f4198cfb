package io.firstcome.http.edge;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.net.URI;
import java.util.Set;

/**
 * Refuses what the page of another origin has a browser send, unless CORS allows that origin: a
 * gateway knows a browser by its cookie, whichever page it shows, and a form needs no leave to send
 * a POST. What is safe (RFC 9110) goes on: without CORS no page can read the answer.
 *
 * @see <a href="https://www.w3.org/TR/fetch-metadata/">Fetch Metadata</a>
 */
@Singleton
public class CrossSite {
  // Quarkus' CORS is at 300: it has said by then whether it allows the origin.
  private static final int PRIORITY = 250;

  private static final CharSequence FETCH_SITE = HttpHeaders.createOptimized("sec-fetch-site");
  private static final Set<HttpMethod> SAFE =
      Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

  private final HttpEdge edge;

  CrossSite(HttpEdge edge) {
    this.edge = edge;
  }

  void filters(@Observes Filters filters) {
    filters.register(this::check, PRIORITY);
  }

  /**
   * Whether a page had it sent, of whatever origin: then it takes the way on which that is judged.
   */
  public static boolean isOfPage(HttpServerRequest request) {
    return request.headers().contains(HttpHeaders.ORIGIN) || request.headers().contains(FETCH_SITE);
  }

  private void check(RoutingContext request) {
    HttpServerRequest http = request.request();
    if (isOfPage(http)
        && !SAFE.contains(http.method())
        && !request.response().headers().contains(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN)
        && !isOfThisOrigin(http)) {
      edge.send(request, Problem.of(ProblemType.CROSS_SITE));
    } else {
      request.next();
    }
  }

  private static boolean isOfThisOrigin(HttpServerRequest request) {
    String site = request.getHeader(FETCH_SITE);
    if (site != null) {
      // No page can write it. 'none': the user has, by the address bar.
      return site.equals("same-origin") || site.equals("none");
    }
    // An old browser. A proxy in front may speak TLS, so that the scheme is not known here.
    try {
      String host = URI.create(request.getHeader(HttpHeaders.ORIGIN)).getRawAuthority();
      return host != null && host.equalsIgnoreCase(request.getHeader(HttpHeaders.HOST));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
