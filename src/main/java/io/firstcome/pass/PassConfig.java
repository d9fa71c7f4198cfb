package io.firstcome.pass;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How passes are signed and how long they live. */
@ConfigMapping(prefix = "firstcome.pass")
public interface PassConfig {

  /** How a pass is signed. */
  enum Algorithm {
    /** By a secret: only who has it can check a pass. */
    HS256,
    /** By Ed25519: anybody can check a pass by the public key. */
    EDDSA
  }

  /**
   * One or two, each as {@code kid:secret}. The first signs, both are accepted. Without any, no
   * pass is issued or accepted.
   */
  Optional<List<String>> secrets();

  @WithDefault("HS256")
  Algorithm algorithm();

  /** How long a pass is valid; a user who is still inside gets the next one. */
  @WithDefault("5m")
  @DurationMin(seconds = 10)
  @DurationMax(hours = 1)
  Duration lifetime();

  /** How many verified passes a replica remembers. */
  @WithDefault("50000")
  @Min(0)
  @Max(10_000_000)
  int known();
}
