package io.firstcome.coupon;

import io.firstcome.local.LocalRedis;
import io.firstcome.local.LocalSentinel;
import io.firstcome.local.ServersOfOneTest;
import java.util.ArrayList;
import java.util.List;

/** A Redis, a replica of it, and three sentinels that put the one in place of the other. */
public final class WatchedBySentinels extends ServersOfOneTest {

  /** Of the replicas of the service; the servers among themselves are the default user. */
  static final String USER = "app:secret@";

  private static final List<String> ACCESS =
      List.of("--user", "app", "on", ">secret", "~*", "&*", "+@all");

  public static final class Profile extends ServersOfOneTest.Profile {
    public Profile() {
      super(WatchedBySentinels.class);
    }
  }

  @Override
  protected void startRedis() {
    LocalRedis primary = redis();
    redis("--replicaof", "127.0.0.1", String.valueOf(primary.port()));
    List<String> sentinels = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      sentinels.add(as(ending(LocalSentinel.start(primary)).uri()));
    }
    tell("quarkus.redis.client-type", "sentinel");
    tell("quarkus.redis.master-name", LocalSentinel.PRIMARY);
    tell("quarkus.redis.hosts", String.join(",", sentinels));
    // Stores look into MySQL alone here: a test asks the primary itself.
    tellTest("quarkus.redis.hosts", sentinels.get(0));
  }

  private LocalRedis redis(String... more) {
    List<String> args = new ArrayList<>(ACCESS);
    args.addAll(List.of(more));
    return ending(LocalRedis.start(args.toArray(new String[0])));
  }

  static String as(String uri) {
    return uri.replace("//", "//" + USER);
  }
}
