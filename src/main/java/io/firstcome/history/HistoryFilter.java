package io.firstcome.history;

import io.firstcome.http.identity.CurrentUser;
import io.firstcome.http.input.PlainText;
import io.firstcome.http.problem.Problem;
import io.firstcome.ratelimit.RateLimits;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.core.Response;
import java.util.regex.Pattern;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.ServerResponseFilter;

/**
 * Has the operations that are {@link Recorded} leave a row in the {@link History}.
 *
 * <p>Filters are made before the settings of the run are there, so what it needs is looked up
 * later.
 */
@Singleton
public class HistoryFilter {

  /** Says why something is changed. */
  public static final String REASON = "X-Reason";

  private static final Pattern PLAIN = Pattern.compile(PlainText.PATTERN);
  private static final String BEGUN = HistoryFilter.class.getName();
  private static final int CREATED = 201;
  private static final int BAD_REQUEST = 400;
  private static final int SERVER_ERROR = 500;

  private final Instance<History> history;
  private final Instance<CurrentUser> user;
  private final Instance<RateLimits> addresses;

  HistoryFilter(
      Instance<History> history, Instance<CurrentUser> user, Instance<RateLimits> addresses) {
    this.history = history;
    this.user = user;
    this.addresses = addresses;
  }

  @Recorded
  @ServerRequestFilter
  public Uni<Response> begin(ContainerRequestContext request, HttpServerRequest http) {
    String reason = reason(http.getHeader(REASON));
    return history
        .get()
        .begin(
            Change.of(request.getMethod(), request.getUriInfo().getPath()),
            user.get().id(),
            addresses.get().addressOf(http),
            reason)
        .invoke(begun -> request.setProperty(BEGUN, begun))
        .onItem()
        .transform(begun -> null);
  }

  /**
   * A reason as it is kept; empty where there is none.
   *
   * @throws io.firstcome.http.problem.ProblemException {@code malformed}
   */
  public static String reason(String header) {
    String reason = header == null ? "" : header.strip();
    if (reason.length() > PlainText.MAX_LENGTH || !PLAIN.matcher(reason).matches()) {
      throw Problem.malformed(
              REASON,
              "must be at most " + PlainText.MAX_LENGTH + " characters; it " + PlainText.MESSAGE)
          .asException();
    }
    return reason;
  }

  @Recorded
  @ServerResponseFilter
  public Uni<Void> end(ContainerRequestContext request, ContainerResponseContext response) {
    if (!(request.getProperty(BEGUN) instanceof History.Begun begun)) {
      return Uni.createFrom().voidItem();
    }
    int status = response.getStatus();
    boolean isRepeated =
        begun.change().action().equals(Change.CREATE) && status != CREATED && status < BAD_REQUEST;
    if (isRepeated || status >= BAD_REQUEST && status < SERVER_ERROR) {
      return history.get().refused(begun);
    }
    if (status >= SERVER_ERROR) {
      history.get().unknown(begun);
      return Uni.createFrom().voidItem();
    }
    return history.get().done(begun, response.getEntity());
  }
}
