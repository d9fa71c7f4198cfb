package io.firstcome.http.edge;

import io.firstcome.local.ServerCertificate;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.HashMap;
import java.util.Map;

/** Bounds that a test can reach, and times that it can await: one application for many classes. */
public final class Impatient implements QuarkusTestProfile {
  public static final int MAX_STREAMS = 3;
  public static final int MAX_STREAMS_PER_ADDRESS = 2;
  public static final int MAX_UNDRAINED = 3;

  static final int MAX_LARGE = 2;
  static final int MAX_CONNECTIONS = 40;
  static final int MAX_MANAGERS = 2;

  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new HashMap<>();
    settings.put("firstcome.live.max-streams", String.valueOf(MAX_STREAMS));
    settings.put("firstcome.live.max-streams-per-address", String.valueOf(MAX_STREAMS_PER_ADDRESS));
    settings.put("firstcome.limit.trusted-proxies", "127.0.0.0/8,::1");
    settings.put("firstcome.live.interval", "10ms");
    settings.put("firstcome.live.heartbeat", "50ms");
    settings.put("firstcome.batch.idle", "1s");
    settings.put("firstcome.metrics.interval", "200ms");
    // More than other classes leave open: a label is free for a coupon of its own.
    settings.put("firstcome.metrics.max-coupons", "1000");
    settings.put("firstcome.retention.after-close", "1s");
    settings.put("firstcome.retention.sweep", "200ms");
    settings.put("firstcome.ledger.max-undrained", String.valueOf(MAX_UNDRAINED));
    settings.put("firstcome.body.timeout", "1s");
    settings.put("firstcome.body.max-large", String.valueOf(MAX_LARGE));
    settings.put("firstcome.management.max-connections", String.valueOf(MAX_MANAGERS));
    settings.put("quarkus.http.limits.max-connections", String.valueOf(MAX_CONNECTIONS));
    settings.put("quarkus.http.idle-timeout", "8s");
    ServerCertificate certificate = new ServerCertificate();
    settings.put("quarkus.http.ssl.certificate.files", certificate.certificate().toString());
    settings.put("quarkus.http.ssl.certificate.key-files", certificate.key().toString());
    settings.put("quarkus.http.ssl-port", "0");
    settings.put("quarkus.http.test-ssl-port", "0");
    return settings;
  }
}
