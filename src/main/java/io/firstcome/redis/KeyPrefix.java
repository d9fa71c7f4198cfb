package io.firstcome.redis;

import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** Tells {@link Keys} what they begin with, once, before anything of the start asks for one. */
@Singleton
class KeyPrefix {

  void set(@Observes @Priority(1) StartupEvent event, KeysConfig config) {
    Keys.beginWith(config.keyPrefix());
  }
}
