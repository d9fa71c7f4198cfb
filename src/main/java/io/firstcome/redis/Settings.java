package io.firstcome.redis;

import io.quarkus.redis.client.RedisOptionsCustomizer;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisOptions;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** How Quarkus was told to reach Redis: hosts, TLS, password and all else. */
@Singleton
class Settings implements RedisOptionsCustomizer {

  /** Of several servers one that is gone must leave time for the next. */
  private static final int TRIES_PER_TIMEOUT = 4;

  private final RedisConfig config;
  private volatile RedisOptions options;

  Settings(RedisConfig config) {
    this.config = config;
  }

  @Override
  public void customize(String client, RedisOptions options) {
    if (!client.equals("<default>")) {
      return;
    }
    NetClientOptions net = options.getNetClientOptions();
    if (net.getHostnameVerificationAlgorithm() == null) {
      // A named TLS configuration that says nothing of it would fail at each connection.
      net.setHostnameVerificationAlgorithm("HTTPS");
    }
    if (net.getConnectTimeout() == NetClientOptions.DEFAULT_CONNECT_TIMEOUT) {
      net.setConnectTimeout((int) Math.max(1, config.timeout().toMillis() / TRIES_PER_TIMEOUT));
    }
    this.options = new RedisOptions(options);
  }

  RedisClientType type() {
    return options.getType();
  }

  /** Whether a connection is to one server alone, whose identity it then has. */
  boolean reachesOneServer() {
    return type() == RedisClientType.STANDALONE || type() == RedisClientType.SENTINEL;
  }

  /** The name under which sentinels know the primary. */
  String primaryName() {
    return options.getMasterName();
  }

  /** The servers that were named, sentinels where they are asked for the primary. */
  List<String> hosts() {
    return List.copyOf(options.getEndpoints());
  }

  /** For a client with a connection or two: one server that hangs is not always asked first. */
  RedisOptions inAnyOrder() {
    List<String> hosts = new ArrayList<>(options.getEndpoints());
    Collections.shuffle(hosts);
    RedisOptions copy = new RedisOptions(options).setEndpoints(hosts);
    if (type() == RedisClientType.STANDALONE) {
      copy.setMaxPoolSize(1);
    }
    return copy;
  }

  /** For this server and no other. */
  RedisOptions only(String host) {
    return new RedisOptions(options)
        .setType(RedisClientType.STANDALONE)
        .setEndpoints(new ArrayList<>(List.of(host)));
  }
}
