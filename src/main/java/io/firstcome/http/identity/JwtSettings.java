package io.firstcome.http.identity;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import java.util.HashSet;
import java.util.Set;
import org.eclipse.microprofile.config.Config;

/**
 * Refuses to start with settings under which a token of anybody, or for anybody, would be accepted.
 * MicroProfile JWT takes a missing issuer or audience as "any".
 */
final class JwtSettings {
  static final String KEY = "mp.jwt.verify.publickey";
  static final String KEY_LOCATION = "mp.jwt.verify.publickey.location";
  static final String ISSUER = "mp.jwt.verify.issuer";
  static final String AUDIENCES = "mp.jwt.verify.audiences";
  static final String ALGORITHMS = "mp.jwt.verify.publickey.algorithm";

  // A shared secret would let every holder of it sign tokens; an older setting would be a second,
  // unchecked way to say which algorithm is allowed.
  private static final Set<String> FORBIDDEN =
      Set.of("smallrye.jwt.verify.secretkey", "smallrye.jwt.verify.algorithm");

  private JwtSettings() {}

  /**
   * @throws ConfigurationException naming the setting that is missing or wrong
   */
  static void check(Config config) {
    if (isMissing(config, KEY) && isMissing(config, KEY_LOCATION)) {
      throw refused(KEY, "(or " + KEY_LOCATION + ") is required");
    }
    if (isMissing(config, ISSUER)) {
      throw refused(ISSUER, "is required");
    }
    if (isMissing(config, AUDIENCES)) {
      throw refused(AUDIENCES, "is required");
    }
    for (String setting : FORBIDDEN) {
      if (!isMissing(config, setting)) {
        throw refused(setting, "is not supported; use " + KEY + " and " + ALGORITHMS);
      }
    }
    checkAlgorithms(
        config
            .getOptionalValue(ALGORITHMS, String[].class)
            .orElse(new String[] {SignatureAlgorithm.RS256.name()}));
  }

  private static void checkAlgorithms(String[] names) {
    Set<String> families = new HashSet<>();
    for (String name : names) {
      families.add(
          switch (name.trim()) {
            case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512" -> "RSA";
            case "ES256", "ES384", "ES512" -> "EC";
            case "EDDSA", "EdDSA" -> "EdDSA";
            default -> throw refused(ALGORITHMS, "does not allow '" + name.trim() + "'");
          });
    }
    // SmallRye reads the key by the first algorithm of an unordered set: with two families it
    // would depend on chance whether the key is understood.
    if (families.size() != 1) {
      throw refused(ALGORITHMS, "needs algorithms of one kind of key, not of " + families);
    }
  }

  private static boolean isMissing(Config config, String setting) {
    return config.getOptionalValue(setting, String.class).map(String::isBlank).orElse(true);
  }

  private static ConfigurationException refused(String setting, String why) {
    return new ConfigurationException(
        setting + " " + why + " with " + IdentityMode.SETTING + "=jwt", Set.of(setting));
  }
}
