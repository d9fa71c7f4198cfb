package io.firstcome.coupon;

import static org.awaitility.Awaitility.await;

import io.firstcome.local.LocalRedis;
import io.firstcome.local.ServersOfOneTest;
import io.firstcome.redis.RealRedis;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Three primaries that share the slots, each with a replica. */
public final class RedisCluster extends ServersOfOneTest {

  private static final int SLOTS = 16_384;
  private static final int PRIMARIES = 3;
  private static final Duration JOINED = Duration.ofSeconds(60);

  private final List<LocalRedis> nodes = new ArrayList<>();

  public static final class Profile extends ServersOfOneTest.Profile {
    public Profile() {
      super(RedisCluster.class);
    }
  }

  @Override
  protected void startRedis() {
    for (int i = 0; i < 2 * PRIMARIES; i++) {
      nodes.add(
          ending(
              LocalRedis.start(
                  "--cluster-enabled",
                  "yes",
                  "--cluster-node-timeout",
                  "2000",
                  "--cluster-require-full-coverage",
                  "no",
                  // However long a replica was cut off, a test wants it to take over.
                  "--cluster-replica-validity-factor",
                  "0",
                  "--repl-diskless-sync-delay",
                  "0")));
    }
    join();
    tell("quarkus.redis.client-type", "cluster");
    // Some of them, as one names them: the others are found.
    tell("quarkus.redis.hosts", nodes.get(0).uri() + "," + nodes.get(4).uri());
    // So that what is heard of within a test's patience was told.
    tell("firstcome.gate.max-age", "1m");
    // Stores look into MySQL alone here: a test asks the nodes itself.
    tellTest("quarkus.redis.hosts", nodes.get(0).uri());
    for (int i = 0; i < nodes.size(); i++) {
      tellTest("node." + i, nodes.get(i).uri());
    }
  }

  private void join() {
    List<RealRedis> all = nodes.stream().map(node -> RealRedis.at(node.uri())).toList();
    for (int i = 0; i < all.size(); i++) {
      all.get(i).send(Command.CLUSTER, "SET-CONFIG-EPOCH", i + 1);
      if (i < PRIMARIES) {
        List<Object> slots = new ArrayList<>(List.of("ADDSLOTS"));
        for (int slot = i * SLOTS / PRIMARIES; slot < (i + 1) * SLOTS / PRIMARIES; slot++) {
          slots.add(slot);
        }
        all.get(i).send(Command.CLUSTER, slots.toArray());
      }
      all.get(i).send(Command.CLUSTER, "MEET", "127.0.0.1", nodes.get(0).port());
    }
    await().atMost(JOINED).until(() -> all.stream().allMatch(node -> knows(node) == all.size()));
    for (int i = PRIMARIES; i < all.size(); i++) {
      String primary = all.get(i - PRIMARIES).send(Command.CLUSTER, "MYID").toString();
      all.get(i).send(Command.CLUSTER, "REPLICATE", primary);
    }
    await()
        .atMost(JOINED)
        .until(
            () ->
                all.stream().allMatch(RedisCluster::isWhole)
                    && all.subList(PRIMARIES, all.size()).stream().allMatch(RedisCluster::follows));
    all.forEach(RealRedis::close);
  }

  private static long knows(RealRedis node) {
    return node.send(Command.CLUSTER, "NODES")
        .toString()
        .lines()
        .filter(line -> !line.contains("handshake"))
        .count();
  }

  /** It knows of each slot, and of the replica of each. */
  private static boolean isWhole(RealRedis node) {
    var slots = node.send(Command.CLUSTER, "SLOTS");
    return node.send(Command.CLUSTER, "INFO").toString().contains("cluster_state:ok")
        && slots.size() == PRIMARIES
        && slots.stream().allMatch(range -> range.size() == 4);
  }

  private static boolean follows(RealRedis replica) {
    return replica.send(Command.INFO, "replication").toString().contains("master_link_status:up");
  }
}
