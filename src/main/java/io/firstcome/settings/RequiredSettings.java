package io.firstcome.settings;

import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Set;
import org.eclipse.microprofile.config.Config;

/**
 * What production cannot do without. Said in one line: what needs them is missing otherwise, and
 * the start ends in a stack trace that tells of beans.
 */
@Singleton
class RequiredSettings {

  static final String MYSQL = "quarkus.datasource.reactive.url";
  static final String REDIS = "quarkus.redis.hosts";
  private static final String REDIS_BY_BEAN = "quarkus.redis.hosts-provider-name";

  /** Its default in production, so that the start comes this far. */
  private static final String NOT_SET = "mysql://not-set";

  /** After the unknown ones: one of these may be misspelt. */
  void check(@Observes @Priority(-1) StartupEvent event, Config config) {
    if (LaunchMode.current() != LaunchMode.NORMAL) {
      return;
    }
    if (config.getValue(MYSQL, String.class).equals(NOT_SET)) {
      throw required(MYSQL, "mysql://host:3306/firstcome");
    }
    if (isMissing(config, REDIS) && isMissing(config, REDIS_BY_BEAN)) {
      throw required(REDIS, "redis://host:6379");
    }
  }

  private static boolean isMissing(Config config, String name) {
    return config.getOptionalValue(name, String.class).isEmpty();
  }

  private static ConfigurationException required(String name, String example) {
    return new ConfigurationException(
        "%s is required, for example %s".formatted(name, example), Set.of(name));
  }
}
