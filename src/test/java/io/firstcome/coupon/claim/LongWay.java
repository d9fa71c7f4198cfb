package io.firstcome.coupon.claim;

import jakarta.ws.rs.container.ContainerRequestContext;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/** Counts the requests that come to JAX-RS. */
public class LongWay {

  public static final AtomicLong REQUESTS = new AtomicLong();

  @ServerRequestFilter
  void count(ContainerRequestContext request) {
    REQUESTS.incrementAndGet();
  }
}
