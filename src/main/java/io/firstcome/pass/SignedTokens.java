package io.firstcome.pass;

import io.firstcome.pass.PassConfig.Algorithm;
import java.security.Key;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;

/** Signs and verifies compact JWS (RFC 7515) of one kind, by one algorithm. */
final class SignedTokens {

  /** Longer ones are not looked at. */
  static final int MAX_LENGTH = 4_096;

  private static final Pattern COMPACT =
      Pattern.compile("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");

  private record Keys(Key signing, Key verifying) {}

  private final String type;
  private final String algorithm;
  private final AlgorithmConstraints permitted;
  private final Map<String, Keys> byKid = new LinkedHashMap<>();

  SignedTokens(PassSecrets secrets, TokenKind kind, Algorithm algorithm) {
    this.type = kind.type();
    this.algorithm = algorithm == Algorithm.EDDSA ? "EdDSA" : "HS256";
    this.permitted = new AlgorithmConstraints(ConstraintType.PERMIT, this.algorithm);
    for (String kid : secrets.kids()) {
      // A key of HMAC that was one of Ed25519, too, could be both.
      byte[] key = secrets.key(kid, kind.label() + "/" + this.algorithm);
      if (algorithm == Algorithm.EDDSA) {
        KeyPair pair = PassSecrets.ed25519(key);
        byKid.put(kid, new Keys(pair.getPrivate(), pair.getPublic()));
      } else {
        Key hmac = new HmacKey(key);
        byKid.put(kid, new Keys(hmac, hmac));
      }
    }
  }

  boolean areOn() {
    return !byKid.isEmpty();
  }

  /** Signs a payload by the first key. */
  String sign(String payload) {
    String kid = byKid.keySet().iterator().next();
    JsonWebSignature jws = new JsonWebSignature();
    jws.setAlgorithmConstraints(permitted);
    jws.setAlgorithmHeaderValue(algorithm);
    jws.setHeader("typ", type);
    jws.setKeyIdHeaderValue(kid);
    jws.setPayload(payload);
    jws.setKey(byKid.get(kid).signing);
    try {
      return jws.getCompactSerialization();
    } catch (JoseException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The payload of a token that was signed here; null where it was not, or is of another kind. */
  String verify(String token) {
    if (token.length() > MAX_LENGTH || !COMPACT.matcher(token).matches()) {
      return null;
    }
    try {
      JsonWebSignature jws = new JsonWebSignature();
      jws.setAlgorithmConstraints(permitted);
      jws.setCompactSerialization(token);
      Keys keys = byKid.get(jws.getKeyIdHeaderValue());
      if (keys == null || !type.equals(jws.getHeader("typ"))) {
        return null;
      }
      jws.setKey(keys.verifying);
      return jws.verifySignature() ? jws.getPayload() : null;
    } catch (JoseException e) {
      return null;
    }
  }

  /** The public keys by kid; empty where they are secrets. */
  Map<String, PublicKey> publicKeys() {
    Map<String, PublicKey> keys = new LinkedHashMap<>();
    byKid.forEach(
        (kid, pair) -> {
          if (pair.verifying instanceof PublicKey key) {
            keys.put(kid, key);
          }
        });
    return keys;
  }
}
