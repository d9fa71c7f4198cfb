package io.firstcome.order.saga;

import io.firstcome.order.model.OrderConfig;
import io.firstcome.work.PeriodicTask;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import org.jboss.logging.Logger;

/**
 * Goes on with orders whose replica died and with those that wait. Every replica sweeps; they share
 * the work, as each passes over what another has locked.
 */
@ApplicationScoped
class OrderSweeper {

  private static final Logger LOG = Logger.getLogger(OrderSweeper.class);

  private final Saga saga;
  private final OrderConfig config;
  private final PeriodicTask task;

  OrderSweeper(Saga saga, OrderConfig config) {
    this.saga = saga;
    this.config = config;
    this.task =
        new PeriodicTask(
            "firstcome-order-sweep",
            config.sweep(),
            this::sweep,
            e -> LOG.warnf("Could not go on with orders; retrying: %s", e));
  }

  void start(@Observes StartupEvent event) {
    task.start();
  }

  void stop(@Observes ShutdownEvent event) {
    task.stop();
  }

  private void sweep() {
    while (saga.sweep() == config.sweepBatch() && !task.isStopped()) {
      // What is left is as due as this was.
    }
  }
}
