package io.firstcome.decision;

import io.quarkus.arc.All;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;

/** Dispatches hot requests to their handlers by path, before any other route. */
@Singleton
class HotRoute {

  private final HotHandler[] handlers;

  HotRoute(@All List<HotHandler> handlers) {
    this.handlers = handlers.toArray(HotHandler[]::new);
  }

  void route(@Observes Router router) {
    router.post().order(Integer.MIN_VALUE).handler(this::handle);
  }

  private void handle(RoutingContext request) {
    String path = request.request().path();
    for (HotHandler handler : handlers) {
      String id = id(path, handler);
      if (id != null) {
        handler.handle(request, id);
        return;
      }
    }
    request.next();
  }

  /** The id in the path; null if the path is not the handler's. */
  private static String id(String path, HotHandler handler) {
    if (path == null || !path.startsWith(handler.before()) || !path.endsWith(handler.after())) {
      return null;
    }
    int from = handler.before().length();
    int to = path.length() - handler.after().length();
    return to > from ? path.substring(from, to) : null;
  }
}
