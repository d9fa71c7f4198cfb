package io.firstcome.payment.charge;

import io.firstcome.payment.model.PaymentConfig;
import io.firstcome.work.PeriodicTask;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import org.jboss.logging.Logger;

/**
 * Goes on with payments whose replica died and with those whose provider did not answer. Every
 * replica sweeps; they share the work, as each passes over what another has locked.
 */
@ApplicationScoped
class PaymentSweeper {

  private static final Logger LOG = Logger.getLogger(PaymentSweeper.class);

  private final Payments payments;
  private final PaymentConfig config;
  private final PeriodicTask task;

  PaymentSweeper(Payments payments, PaymentConfig config) {
    this.payments = payments;
    this.config = config;
    this.task =
        new PeriodicTask(
            "firstcome-payment-sweep",
            config.sweep(),
            this::sweep,
            e -> LOG.warnf("Could not go on with payments; retrying: %s", e));
  }

  void start(@Observes StartupEvent event) {
    task.start();
  }

  void stop(@Observes ShutdownEvent event) {
    task.stop();
  }

  private void sweep() {
    while (payments.sweep() == config.sweepBatch() && !task.isStopped()) {
      // What is left is as due as this was.
    }
  }
}
