package io.firstcome.pass;

import io.firstcome.http.input.Digests;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.NamedParameterSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The secrets, and the keys that are derived from them: HMAC-SHA256 of the kind's label under the
 * secret. Two secrets are accepted at once, so that one can be replaced while replicas still run
 * with the other.
 */
final class PassSecrets {

  static final String SETTING = "firstcome.pass.secrets";
  static final int MAX_SECRETS = 2;
  static final int MIN_LENGTH = 32;

  private static final Pattern SECRET = Pattern.compile("([A-Za-z0-9_-]{1,16}):([!-~]*)");

  private final Map<String, byte[]> secrets = new LinkedHashMap<>();

  /**
   * @throws ConfigurationException if the secrets break a rule; it names the setting, never a value
   */
  PassSecrets(List<String> configured) {
    for (String one : configured) {
      Matcher parts = SECRET.matcher(one.trim());
      if (!parts.matches() || parts.group(2).length() < MIN_LENGTH) {
        throw refused(
            "takes kid:secret, the kid of at most 16 letters, digits, '-' and '_', the secret of at"
                + " least "
                + MIN_LENGTH
                + " visible ASCII characters without a comma");
      }
      byte[] secret = parts.group(2).getBytes(StandardCharsets.US_ASCII);
      if (secrets.put(parts.group(1), secret) != null) {
        throw refused("names a kid twice");
      }
    }
    if (secrets.size() > MAX_SECRETS) {
      throw refused("takes at most " + MAX_SECRETS + " values, separated by a comma");
    }
  }

  /** Their names; the first one signs. */
  List<String> kids() {
    return new ArrayList<>(secrets.keySet());
  }

  /** The key of a kind, 32 bytes. */
  byte[] key(String kid, String label) {
    return Digests.hmac(secrets.get(kid)).doFinal(label.getBytes(StandardCharsets.US_ASCII));
  }

  /** The key pair of Ed25519 (RFC 8032) whose private key are these 32 bytes. */
  static KeyPair ed25519(byte[] seed) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
      // It takes the private key from what should be random, as it is.
      generator.initialize(NamedParameterSpec.ED25519, new Fixed(seed));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ConfigurationException refused(String why) {
    return new ConfigurationException(SETTING + " " + why, Set.of(SETTING));
  }

  private static final class Fixed extends SecureRandom {

    private static final long serialVersionUID = 1;

    private final byte[] seed;

    Fixed(byte[] seed) {
      this.seed = seed;
    }

    @Override
    public void nextBytes(byte[] bytes) {
      if (bytes.length != seed.length) {
        throw new IllegalStateException("A key of " + bytes.length + " bytes");
      }
      System.arraycopy(seed, 0, bytes, 0, bytes.length);
    }
  }
}
