package io.firstcome.chaos;

import io.firstcome.chaos.Fault.Kind;
import io.firstcome.chaos.Fault.Lane;
import io.firstcome.local.LocalRedis;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** Does what a plan says, each lane in a thread of its own, and heals what it did. */
final class Nemesis {
  /** How long a replica may take to be in step before it may take over. */
  private static final Duration IN_STEP = Duration.ofSeconds(3);

  private static final Set<Level> ALL_BUT_DATABASE = Set.of(Level.REDIS, Level.REPLICA);

  private final World world;
  private final Plan plan;
  private final History history;
  private final Map<Kind, Integer> done = new TreeMap<>();
  private final Map<Kind, Integer> skipped = new TreeMap<>();
  private final ConcurrentLinkedQueue<String> diary = new ConcurrentLinkedQueue<>();
  private long began;

  Nemesis(World world, Plan plan, History history) {
    this.world = world;
    this.plan = plan;
    this.history = history;
  }

  /** Begins; the future ends when all is done and healed, or with what went wrong for itself. */
  CompletableFuture<Void> start() {
    began = System.nanoTime();
    List<CompletableFuture<Void>> lanes = new ArrayList<>();
    for (Lane lane : Lane.values()) {
      CompletableFuture<Void> over = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () -> {
                try {
                  for (Fault fault : plan.faults().get(lane)) {
                    run(fault);
                  }
                  over.complete(null);
                } catch (Throwable e) {
                  over.completeExceptionally(e);
                }
              },
              "nemesis-" + lane);
      thread.setDaemon(true);
      thread.start();
      lanes.add(over);
    }
    return CompletableFuture.allOf(lanes.toArray(CompletableFuture[]::new));
  }

  /** How often each fault came about. */
  synchronized Map<Kind, Integer> done() {
    return new TreeMap<>(done);
  }

  /** How often each could not: nobody was there to be hurt, or a replica was never in step. */
  synchronized Map<Kind, Integer> skipped() {
    return new TreeMap<>(skipped);
  }

  /** What happened when. */
  List<String> diary() {
    return List.copyOf(diary);
  }

  private void run(Fault fault) throws InterruptedException {
    long wait = fault.at() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    if (wait > 0) {
      Thread.sleep(wait);
    }
    long from = System.nanoTime();
    boolean happened = happen(fault);
    synchronized (this) {
      (happened ? done : skipped).merge(fault.kind(), 1, Integer::sum);
    }
    diary.add(
        "%d..%d ms %s%s choice %d"
            .formatted(
                (from - began) / 1_000_000,
                (System.nanoTime() - began) / 1_000_000,
                happened ? "" : "skipped ",
                fault.kind(),
                fault.choice()));
  }

  private boolean happen(Fault fault) throws InterruptedException {
    switch (fault.kind()) {
      case CONNECTIONS_CUT:
        way(fault).cut();
        return true;
      case CONNECTIONS_SLOW:
        way(fault).delay(1 + fault.choice() % 80);
        return heal(fault, way(fault));
      case REQUESTS_HELD:
        way(fault).hold(true, false);
        return heal(fault, way(fault));
      case REPLIES_HELD:
        way(fault).hold(false, true);
        return heal(fault, way(fault));
      case NETWORK_SILENT:
        way(fault).hold(true, true);
        return heal(fault, way(fault));
      case SCRIPT_FLUSH:
        return tell("SCRIPT", "FLUSH");
      case CLIENT_KILL:
        return tell("CLIENT", "KILL", "TYPE", fault.choice() % 2 == 0 ? "normal" : "pubsub");
      case CLOCK_JUMP:
        return clock(fault);
      case REDIS_FLUSHALL:
        return flushed();
      case REDIS_PRIMARY_KILLED:
        return primaryKilled(fault);
      case REDIS_PRIMARY_FROZEN:
        world.redis().primary().suspend();
        Thread.sleep(fault.millis());
        world.redis().primary().resume();
        return true;
      case REDIS_REPLICA_KILLED:
        world.redis().replica().kill();
        Thread.sleep(fault.millis());
        world.redis().replica().startAgain();
        world.redis().follow();
        return true;
      case REDIS_REPLICA_FROZEN:
        world.redis().replica().suspend();
        Thread.sleep(fault.millis());
        world.redis().replica().resume();
        return true;
      case REPLICATION_CUT:
        world.redis().replication().hold(true, true);
        return heal(fault, world.redis().replication());
      case FAILOVER_OF_A_KILLED:
      case FAILOVER_OF_A_FROZEN:
      case FAILOVER_OF_A_PARTITIONED:
      case FAILOVER_TO_A_STALE:
        return failedOver(fault);
      case MYSQL_KILLED:
        world.mysql().kill();
        Thread.sleep(fault.millis());
        world.mysql().startAgain();
        return true;
      case MYSQL_FROZEN:
        world.mysql().suspend();
        Thread.sleep(fault.millis());
        world.mysql().resume();
        return true;
      case APP_KILLED:
        app(fault).process().kill();
        app(fault).start();
        return true;
      case APP_FROZEN:
        app(fault).process().suspend();
        Thread.sleep(fault.millis());
        app(fault).process().resume();
        return true;
      default:
        throw new IllegalArgumentException(fault.toString());
    }
  }

  private World.App app(Fault fault) {
    return world.apps().get(fault.choice() % world.apps().size());
  }

  private ChaosProxy way(Fault fault) {
    return (fault.choice() & 2) == 0 ? app(fault).toRedis() : app(fault).toMySql();
  }

  /** What was held comes late, or never where the connections end first. */
  private static boolean heal(Fault fault, ChaosProxy way) throws InterruptedException {
    Thread.sleep(fault.millis());
    if ((fault.choice() & 4) == 0) {
      way.cut();
    }
    way.flow();
    return true;
  }

  private boolean tell(String... command) {
    try {
      world.redis().ask(command);
      return true;
    } catch (IOException e) {
      // Dead or frozen just now.
      return false;
    }
  }

  /** An hour at most, forth or back, and home again later. */
  private boolean clock(Fault fault) throws InterruptedException {
    int seconds = (fault.choice() & 8) == 0 ? fault.choice() % 3_600 : -(fault.choice() % 3_600);
    if (!app(fault).shiftClock(seconds)) {
      return false;
    }
    Thread.sleep(fault.millis());
    app(fault).shiftClock(0);
    return true;
  }

  private boolean flushed() {
    long from = System.nanoTime();
    RedisPair.send(world.redis().primary(), "FLUSHALL");
    history.add(new Loss("FLUSHALL", from, System.nanoTime(), ALL_BUT_DATABASE, false));
    return true;
  }

  /** Started again as the primary, which its replica follows whatever it has. */
  private boolean primaryKilled(Fault fault) throws InterruptedException {
    long from = System.nanoTime();
    world.redis().primary().kill();
    if (!world.redis().isPersistent()) {
      history.add(new Loss("primary killed", from, System.nanoTime(), ALL_BUT_DATABASE, false));
    }
    Thread.sleep(fault.millis());
    world.redis().primary().startAgain();
    return true;
  }

  private boolean failedOver(Fault fault) throws InterruptedException {
    RedisPair redis = world.redis();
    if (!redis.isInStep(IN_STEP)) {
      return false;
    }
    LocalRedis old = redis.primary();
    ChaosProxy replication = redis.replication();
    boolean stale = fault.kind() == Kind.FAILOVER_TO_A_STALE;
    boolean killed = fault.kind() == Kind.FAILOVER_OF_A_KILLED;
    boolean partitioned =
        fault.kind() == Kind.FAILOVER_OF_A_PARTITIONED || (stale && (fault.choice() & 8) == 0);
    redis.reigns().incrementAndGet();
    long from = System.nanoTime();
    if (stale) {
      replication.hold(true, true);
      Thread.sleep(fault.millis());
    }
    if (killed) {
      old.kill();
    } else if (!partitioned) {
      old.suspend();
    }
    if (!partitioned && !stale) {
      Thread.sleep(fault.millis());
    }
    redis.promote();
    for (World.App app : world.apps()) {
      app.toRedis().lead(redis.primary().port());
      app.toRedis().cut();
      if (partitioned && app != world.apps().get(world.apps().size() - 1)) {
        // Each goes on with another primary.
        Thread.sleep(fault.millis() / 2);
      }
    }
    history.add(
        new Loss(
            fault.kind().name(), from, System.nanoTime(), Set.of(Level.REDIS), plan.believing()));
    redis.reigns().incrementAndGet();
    replication.cut();
    replication.flow();
    if (killed) {
      old.startAgain();
    } else if (!partitioned) {
      old.resume();
    }
    redis.follow();
    return true;
  }
}
