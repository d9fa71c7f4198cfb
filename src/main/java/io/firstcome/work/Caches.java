package io.firstcome.work;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Duration;

/**
 * Caches of what is in use. Their library finds the class of an entry by its name, and of those
 * whose entries end when they are idle the executable would not have it.
 */
@RegisterForReflection(classNames = "com.github.benmanes.caffeine.cache.PSAMS")
public final class Caches {

  private Caches() {}

  /** A cache that forgets what nobody has read or written for so long. */
  public static <K, V> Cache<K, V> untilIdle(long max, Duration idle) {
    return Caffeine.newBuilder().maximumSize(max).expireAfterAccess(idle).build();
  }
}
