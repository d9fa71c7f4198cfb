package io.firstcome.coupon.code;

import io.firstcome.http.input.Digests;
import io.quarkus.runtime.configuration.ConfigurationException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The keys of the deployment that seal the keys of coupons. Two are accepted at once, so that one
 * can be replaced while replicas still run with the other.
 */
@Singleton
class DeploymentKeys {

  static final String SETTING = "firstcome.codes.keys";

  private static final int MAX_KEYS = 2;
  private static final int ID_BYTES = 4;

  private final Map<String, byte[]> keys = new LinkedHashMap<>();

  @Inject
  DeploymentKeys(CodesConfig config) {
    this(config.keys().orElse(List.of()));
  }

  /**
   * @throws ConfigurationException where they break a rule; it names the setting, never a value
   */
  DeploymentKeys(List<String> texts) {
    if (texts.size() > MAX_KEYS) {
      throw refused("takes at most " + MAX_KEYS + " keys, separated by a comma");
    }
    for (String text : texts) {
      byte[] key = key(text.trim());
      if (keys.put(id(key), key) != null) {
        throw refused("has the same key twice");
      }
    }
  }

  private static byte[] key(String text) {
    byte[] key;
    try {
      key = Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      // Its message has parts of the key.
      throw refused("must be in Base64, as 'openssl rand -base64 32' writes it");
    }
    if (key.length != Sealing.KEY_BYTES) {
      throw refused("needs keys of 32 bytes, as 'openssl rand -base64 32' writes them");
    }
    return key;
  }

  private static ConfigurationException refused(String why) {
    return new ConfigurationException(SETTING + " " + why, Set.of(SETTING));
  }

  private static String id(byte[] key) {
    return HexFormat.of().formatHex(Digests.sha256().digest(key), 0, ID_BYTES);
  }

  /** Whether there is any. */
  boolean areSet() {
    return !keys.isEmpty();
  }

  /** The one that seals. */
  String current() {
    return keys.keySet().iterator().next();
  }

  boolean has(String id) {
    return keys.containsKey(id);
  }

  /** Seals a coupon's key by the current one. */
  String seal(String couponId, byte[] key) {
    return Sealing.seal(keys.get(current()), couponId, key);
  }

  /**
   * Opens a coupon's key.
   *
   * @throws KeyMissingException where this replica does not have the key that seals it
   */
  byte[] open(String couponId, String id, String sealed) {
    byte[] key = keys.get(id);
    if (key == null) {
      throw new KeyMissingException(couponId, id);
    }
    return Sealing.open(key, couponId, sealed);
  }
}
