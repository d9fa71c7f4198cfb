package io.firstcome.redis;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Pattern;

/** What is ours in a Redis that others use too. */
@ConfigMapping(prefix = "firstcome.redis")
interface KeysConfig {

  /**
   * What every key and channel begins with. No brace: the hash tag comes after it. No wildcard: it
   * is part of patterns, ours and those of access rules.
   */
  @WithDefault(Keys.USUAL_PREFIX)
  @Pattern(regexp = "[a-z0-9_:-]{1,32}", message = "must be 1 to 32 of a-z, 0-9, -, _ and :")
  String keyPrefix();
}
