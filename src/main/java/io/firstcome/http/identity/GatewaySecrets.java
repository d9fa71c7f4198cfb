package io.firstcome.http.identity;

import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Set;

/**
 * What proves that a request came by the gateway. Two secrets are accepted at once, so that one can
 * be replaced while both gateways and replicas still run with the other.
 *
 * <p>The comparison takes as long for any wrong secret of the same length.
 */
final class GatewaySecrets {
  static final String SETTING = "firstcome.gateway.secrets";
  static final int MIN_LENGTH = 16;
  static final int MAX_SECRETS = 2;

  private final byte[][] secrets;

  private GatewaySecrets(List<String> secrets) {
    this.secrets = secrets.stream().map(GatewaySecrets::bytes).toArray(byte[][]::new);
  }

  /**
   * @throws ConfigurationException if the secrets break a rule; it names the setting, never a value
   */
  static GatewaySecrets of(List<String> secrets, LaunchMode launchMode) {
    if (secrets.isEmpty() && !launchMode.isDevOrTest()) {
      throw refused(
          "is required in production with "
              + IdentityMode.SETTING
              + "=header: without it anyone who can reach this service could act as any user");
    }
    if (secrets.size() > MAX_SECRETS) {
      throw refused("takes at most " + MAX_SECRETS + " values, separated by a comma");
    }
    for (String secret : secrets) {
      if (secret.length() < MIN_LENGTH) {
        throw refused("needs at least " + MIN_LENGTH + " characters in each value");
      }
      if (!secret.chars().allMatch(c -> c >= 0x21 && c <= 0x7E)) {
        throw refused("must consist of visible ASCII characters, because it is sent in a header");
      }
    }
    return new GatewaySecrets(secrets);
  }

  /** Without secrets the gateway is trusted as it is: on a developer's machine only. */
  boolean areRequired() {
    return secrets.length > 0;
  }

  boolean accept(String presented) {
    byte[] bytes = bytes(presented);
    boolean accepted = false;
    for (byte[] secret : secrets) {
      accepted |= MessageDigest.isEqual(secret, bytes);
    }
    return accepted;
  }

  private static byte[] bytes(String secret) {
    return secret.getBytes(StandardCharsets.UTF_8);
  }

  private static ConfigurationException refused(String why) {
    return new ConfigurationException(SETTING + " " + why, Set.of(SETTING));
  }
}
