package io.firstcome.chaos;

/**
 * Something that goes wrong.
 *
 * @param at milliseconds after the beginning; a lane that is behind does not wait
 * @param kind what
 * @param millis for how long
 * @param choice which of the two replicas, which way and so on: drawn, read by whoever does it
 */
record Fault(long at, Kind kind, int millis, int choice) {

  /** Faults of a lane come one after the other; the four lanes do not wait for each other. */
  enum Lane {
    NETWORK,
    REDIS,
    MYSQL,
    REPLICAS
  }

  /** What goes wrong, and how often in a round of two minutes. */
  enum Kind {
    CONNECTIONS_CUT(Lane.NETWORK, 20),
    CONNECTIONS_SLOW(Lane.NETWORK, 12),
    REQUESTS_HELD(Lane.NETWORK, 7),
    REPLIES_HELD(Lane.NETWORK, 7),
    NETWORK_SILENT(Lane.NETWORK, 6),
    SCRIPT_FLUSH(Lane.NETWORK, 8),
    CLIENT_KILL(Lane.NETWORK, 6),
    CLOCK_JUMP(Lane.NETWORK, 6),
    REDIS_FLUSHALL(Lane.REDIS, 3),
    REDIS_PRIMARY_KILLED(Lane.REDIS, 3),
    REDIS_PRIMARY_FROZEN(Lane.REDIS, 4),
    REDIS_REPLICA_KILLED(Lane.REDIS, 2),
    REDIS_REPLICA_FROZEN(Lane.REDIS, 3),
    REPLICATION_CUT(Lane.REDIS, 3),
    FAILOVER_OF_A_KILLED(Lane.REDIS, 2),
    FAILOVER_OF_A_FROZEN(Lane.REDIS, 2),
    FAILOVER_OF_A_PARTITIONED(Lane.REDIS, 2),
    FAILOVER_TO_A_STALE(Lane.REDIS, 3),
    MYSQL_KILLED(Lane.MYSQL, 2),
    MYSQL_FROZEN(Lane.MYSQL, 5),
    APP_KILLED(Lane.REPLICAS, 6),
    APP_FROZEN(Lane.REPLICAS, 8);

    private final Lane lane;
    private final int timesARound;

    Kind(Lane lane, int timesARound) {
      this.lane = lane;
      this.timesARound = timesARound;
    }

    Lane lane() {
      return lane;
    }

    int timesARound() {
      return timesARound;
    }

    boolean kills() {
      return name().endsWith("_KILLED");
    }
  }
}
