package io.firstcome.coupon;

import io.firstcome.local.LocalRedis;
import io.firstcome.local.ServerCertificate;
import io.firstcome.local.ServersOfOneTest;
import io.firstcome.redis.AccessRule;
import java.util.ArrayList;
import java.util.List;

/**
 * A Redis as one hires it: by TLS, as a user who may do what the documentation says and no more,
 * without {@code CONFIG}, and with keys of others in it. The test itself looks in by a second port
 * without all that.
 */
public final class ManagedRedis extends ServersOfOneTest {

  static final String PREFIX = "shop:fc-1";

  public static final class Profile extends ServersOfOneTest.Profile {
    public Profile() {
      super(ManagedRedis.class);
    }
  }

  @Override
  protected void startRedis() {
    ServerCertificate certificate = ending(new ServerCertificate());
    int tlsPort = LocalRedis.otherPort();
    List<String> args = new ArrayList<>();
    args.addAll(List.of("--tls-port", String.valueOf(tlsPort), "--tls-auth-clients", "no"));
    args.addAll(List.of("--tls-cert-file", certificate.certificate().toString()));
    args.addAll(List.of("--tls-key-file", certificate.key().toString()));
    args.addAll(List.of("--tls-ca-cert-file", certificate.certificate().toString()));
    args.addAll(List.of("--rename-command", "CONFIG", ""));
    args.addAll(List.of("--user", "firstcome"));
    args.addAll(AccessRule.documented().of(PREFIX).words());
    LocalRedis redis = ending(LocalRedis.start(args.toArray(new String[0])));
    tell("quarkus.redis.hosts", "rediss://firstcome:secret@127.0.0.1:" + tlsPort);
    tell("quarkus.redis.tls-configuration-name", "redis");
    tell("quarkus.tls.redis.trust-store.pem.certs", certificate.certificate().toString());
    tell("firstcome.redis.key-prefix", PREFIX);
    tellTest("quarkus.redis.hosts", redis.uri());
  }
}
