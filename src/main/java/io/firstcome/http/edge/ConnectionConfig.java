package io.firstcome.http.edge;

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
}
