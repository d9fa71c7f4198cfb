package io.firstcome.coupon.definition;

import io.firstcome.coupon.model.NewCoupon;
import io.quarkus.arc.profile.IfBuildProfile;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.VertxContextSupport;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import org.jboss.logging.Logger;

/** Development only: a coupon for the first {@code curl}. */
@ApplicationScoped
@IfBuildProfile("dev")
class DemoCoupon {

  private static final Logger LOG = Logger.getLogger(DemoCoupon.class);

  private final Definitions definitions;

  DemoCoupon(Definitions definitions) {
    this.definitions = definitions;
  }

  void seed(@Observes StartupEvent event) throws Throwable {
    NewCoupon demo = NewCoupon.of("demo", "Demo", 100);
    VertxContextSupport.subscribeAndAwait(
        () ->
            definitions
                .create(demo)
                .onFailure()
                .invoke(e -> LOG.warnf("Could not create the demo coupon: %s", e.getMessage()))
                .onFailure()
                .recoverWithNull());
  }
}
