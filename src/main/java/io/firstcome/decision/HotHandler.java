package io.firstcome.decision;

import io.vertx.ext.web.RoutingContext;

/** Handles POST requests to one path, before any other handler; see {@link HotRoute}. */
public interface HotHandler {

  /** The path up to the id. */
  String before();

  /** The path after the id. */
  String after();

  /**
   * Responds, or calls the next handler.
   *
   * @param id the id as it is in the path; not empty, otherwise unchecked
   */
  void handle(RoutingContext request, String id);
}
