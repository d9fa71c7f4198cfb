package io.firstcome.queue.front;

import io.firstcome.local.LocalRedis;
import io.firstcome.local.ServersOfOneTest;

/** Servers for a test that ends Redis. */
public final class WithoutRedis extends ServersOfOneTest {

  /** The application on them. */
  public static final class Apart extends ServersOfOneTest.Profile {
    public Apart() {
      super(WithoutRedis.class);
    }
  }

  @Override
  protected void startRedis() {
    tell("quarkus.redis.hosts", ending(LocalRedis.start()).uri());
    // In development they are there; an executable is run as in production.
    tell("firstcome.pass.secrets", "test:a-secret-of-a-developers-machine");
    tell("firstcome.front.return-hosts", "shop.example");
  }
}
