package io.firstcome.lock;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Settings of locks in tests; the store is what they have servers for, or one they are given. */
record LockSettings(int maxWaiting, Optional<List<String>> redlockHosts) implements LockConfig {

  LockSettings(int maxWaiting) {
    this(maxWaiting, Optional.empty());
  }

  @Override
  public Store store() {
    return Store.REDLOCK;
  }

  @Override
  public int maxNames() {
    throw new UnsupportedOperationException("each request says it");
  }

  @Override
  public Duration redlockTimeout() {
    return Duration.ofMillis(300);
  }

  @Override
  public Duration poll() {
    return Duration.ofMillis(20);
  }
}
