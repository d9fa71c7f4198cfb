package io.firstcome.work;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;

/** Where asynchronous work goes on. */
public final class EventLoop {

  private EventLoop() {}

  /** What follows runs where the caller does: on its event loop, if that is one. */
  public static <T> Uni<T> back(Uni<T> work) {
    Context here = Vertx.currentContext();
    return here == null ? work : work.emitOn(next -> here.runOnContext(pass -> next.run()));
  }
}
