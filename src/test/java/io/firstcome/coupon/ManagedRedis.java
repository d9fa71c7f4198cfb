package io.firstcome.coupon;

import io.firstcome.local.LocalMySql;
import io.firstcome.local.LocalRedis;
import io.firstcome.local.ServerCertificate;
import io.firstcome.local.ServersUnderTest;
import io.firstcome.redis.AccessRule;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A Redis as one hires it: by TLS, as a user who may do what the documentation says and no more,
 * without {@code CONFIG}, and with keys of others in it. The test itself looks in by a second port
 * without all that.
 */
public final class ManagedRedis implements QuarkusTestResourceLifecycleManager {

  static final String PREFIX = "shop:fc-1";

  private ServerCertificate certificate;
  private LocalRedis redis;
  private LocalMySql mysql;
  private Map<String, String> started = Map.of();

  public static final class Profile implements QuarkusTestProfile {
    @Override
    public boolean disableGlobalTestResources() {
      return true;
    }

    @Override
    public List<TestResourceEntry> testResources() {
      return List.of(new TestResourceEntry(ManagedRedis.class));
    }
  }

  @Override
  public Map<String, String> start() {
    certificate = new ServerCertificate();
    int tlsPort = LocalRedis.otherPort();
    List<String> args = new ArrayList<>();
    args.addAll(List.of("--tls-port", String.valueOf(tlsPort), "--tls-auth-clients", "no"));
    args.addAll(List.of("--tls-cert-file", certificate.certificate().toString()));
    args.addAll(List.of("--tls-key-file", certificate.key().toString()));
    args.addAll(List.of("--tls-ca-cert-file", certificate.certificate().toString()));
    args.addAll(List.of("--rename-command", "CONFIG", ""));
    args.addAll(List.of("--user", "firstcome"));
    args.addAll(AccessRule.documented().of(PREFIX).words());
    redis = LocalRedis.start(args.toArray(new String[0]));
    mysql = LocalMySql.start();

    Map<String, String> settings = new HashMap<>();
    settings.put("quarkus.redis.hosts", redis.uri());
    settings.put("quarkus.datasource.reactive.url", mysql.reactiveUrl());
    settings.put("quarkus.datasource.jdbc.url", mysql.jdbcUrl());
    settings.put("quarkus.datasource.username", mysql.username());
    settings.put("quarkus.datasource.password", mysql.password());
    ServersUnderTest.use(settings);

    Map<String, String> replica = new HashMap<>(settings);
    replica.put("quarkus.redis.hosts", "rediss://firstcome:secret@127.0.0.1:" + tlsPort);
    replica.put("quarkus.redis.tls-configuration-name", "redis");
    replica.put("quarkus.tls.redis.trust-store.pem.certs", certificate.certificate().toString());
    replica.put("firstcome.redis.key-prefix", PREFIX);
    started = replica;
    return replica;
  }

  @Override
  public void stop() {
    ServersUnderTest.forget(started);
    if (redis != null) {
      redis.close();
    }
    if (mysql != null) {
      mysql.close();
    }
    if (certificate != null) {
      certificate.close();
    }
  }
}
