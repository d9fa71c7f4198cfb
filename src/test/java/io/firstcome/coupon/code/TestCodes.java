package io.firstcome.coupon.code;

import io.firstcome.ledger.Peer;
import io.firstcome.mysql.MySqlCalls;
import io.vertx.mutiny.sqlclient.Pool;
import java.util.List;
import org.eclipse.microprofile.config.ConfigProvider;

/** Codes as another replica has them. */
public final class TestCodes {

  private TestCodes() {}

  /** With the keys of the application under test. */
  public static CodeBooks books(Pool mysql, MySqlCalls calls) {
    return books(mysql, calls, List.of(key()));
  }

  static CodeBooks books(Pool mysql, MySqlCalls calls, List<String> keys) {
    return new CodeBooks(new DeploymentKeys(keys), mysql, calls);
  }

  /** The key of the application under test. */
  static String key() {
    return ConfigProvider.getConfig().getValue(DeploymentKeys.SETTING, String.class);
  }

  /** As it is unless somebody sets it. */
  static CodesConfig config() {
    return Peer.settings(CodesConfig.class);
  }
}
