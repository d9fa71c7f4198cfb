package io.firstcome.lock;

import java.time.Duration;

/** Settings of locks in tests. */
record LockSettings(int maxWaiting) implements LockConfig {

  @Override
  public Store store() {
    throw new UnsupportedOperationException("a test has a store of its own");
  }

  @Override
  public int maxNames() {
    throw new UnsupportedOperationException("each request says it");
  }

  @Override
  public Duration poll() {
    return Duration.ofMillis(20);
  }
}
