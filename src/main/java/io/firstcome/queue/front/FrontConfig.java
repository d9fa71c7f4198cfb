package io.firstcome.queue.front;

import io.smallrye.config.ConfigMapping;
import java.util.List;
import java.util.Optional;

/** Queues in front of any site. */
@ConfigMapping(prefix = "firstcome.front")
interface FrontConfig {

  /**
   * Hosts, with a port where it is not the usual one, to which visitors may return. Without any, no
   * visitor is led through a queue.
   */
  Optional<List<String>> returnHosts();

  /** The domain of cookies; the host that was asked where it does not say. */
  Optional<String> cookieDomain();
}
