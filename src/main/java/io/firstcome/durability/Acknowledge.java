package io.firstcome.durability;

import jakarta.inject.Singleton;
import java.util.Locale;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * When the winner of a claim or a reservation is told: the later, the less can be lost of what was
 * told, and the longer it takes. docs/durability.md says what each loses in which failure.
 */
public enum Acknowledge {
  /**
   * As soon as the script has run: the fastest. A Redis that loses its data loses what was told
   * since it was last written behind to MySQL.
   */
  REDIS,
  /**
   * Once replicas of Redis have it: one more round trip for each batch. Lost only with all of them,
   * or where a failover picks one that did not have it.
   */
  REPLICA,
  /**
   * Once MySQL has it: the slowest, and nothing that was told is lost with Redis. While MySQL is
   * away nobody is told anything.
   */
  DATABASE;

  static final String SETTING = "firstcome.acknowledge";

  /** As it stands in Redis and in MySQL. */
  public String stored() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Acknowledge ofStored(String stored) {
    return valueOf(stored.toUpperCase(Locale.ROOT));
  }

  /** What a coupon or a sale gets that does not say. */
  @Singleton
  public static class Setting {
    private final Acknowledge level;

    Setting(@ConfigProperty(name = SETTING, defaultValue = "redis") Acknowledge level) {
      this.level = level;
    }

    public Acknowledge level() {
      return level;
    }

    /** This level, or where that is null the one of the setting. */
    public Acknowledge orDefault(Acknowledge asked) {
      return asked == null ? level : asked;
    }
  }
}
