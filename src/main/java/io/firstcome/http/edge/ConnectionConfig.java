package io.firstcome.http.edge;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;

/** What a connection may take. */
@ConfigMapping(prefix = "firstcome.connection")
interface ConnectionConfig {

  /** Requests that wait for the answers to those before them; over it the connection is closed. */
  @WithDefault("16")
  @Min(0)
  @Max(1_000)
  int maxPipelined();

  /**
   * What clients may leave unread of answers above 64 kB, of all connections; over it the
   * connection that has not read for longest is closed.
   */
  @WithDefault("32M")
  MemorySize maxUnread();
}
