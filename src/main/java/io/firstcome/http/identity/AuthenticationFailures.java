package io.firstcome.http.identity;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.quarkus.vertx.http.runtime.security.HttpSecurityRecorder.DefaultAuthFailureHandler;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/**
 * Hands every request what fails it where its user is not known. Quarkus makes one for each, and
 * first looks up the template of its path, in a table that it builds anew each time: a tenth of
 * what a request of a resource costs the executable. It has no state, so the first one serves all;
 * the template of a request that does fail is looked up by then.
 */
@Singleton
public class AuthenticationFailures {
  // Quarkus says how to authenticate at 200, an extension's filter before ours of the same
  // priority, and exchanges what handles a failure at 199.
  private static final int BEFORE = 200;
  private static final int AFTER = 198;

  private volatile Object handler;

  void filters(@Observes Filters filters) {
    filters.register(this::use, BEFORE);
    filters.register(this::keep, AFTER);
  }

  private void use(RoutingContext request) {
    if (handler != null && isDefault(request.get(QuarkusHttpUser.AUTH_FAILURE_HANDLER))) {
      request.put(QuarkusHttpUser.AUTH_FAILURE_HANDLER, handler);
    }
    request.next();
  }

  private void keep(RoutingContext request) {
    if (handler == null) {
      Object exchanged = request.get(QuarkusHttpUser.AUTH_FAILURE_HANDLER);
      if (!isDefault(exchanged)) {
        handler = exchanged;
      }
    }
    request.next();
  }

  private static boolean isDefault(Object handler) {
    return handler instanceof DefaultAuthFailureHandler;
  }
}
