package io.firstcome.http.input;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Digests, by SHA-256, plain and under a key; and what nobody can guess. */
public final class Digests {

  private static final String SHA_256 = "SHA-256";
  private static final String HMAC = "HmacSHA256";

  private Digests() {}

  /**
   * SHA-256 of a text in UTF-8, 64 hexadecimal digits: tells whether a request is the same one
   * again.
   *
   * @param canonical what makes up the request, always in the same order
   */
  public static String of(String canonical) {
    return HexFormat.of().formatHex(sha256().digest(canonical.getBytes(StandardCharsets.UTF_8)));
  }

  /** SHA-256; not for several threads at once. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance(SHA_256);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has " + SHA_256, e);
    }
  }

  /** HMAC-SHA256 under this key; not for several threads at once. */
  public static Mac hmac(byte[] key) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(key, HMAC));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has " + HMAC, e);
    }
  }

  /** So many bytes that nobody can guess. */
  public static byte[] random(int bytes) {
    byte[] random = new byte[bytes];
    // Not from a field: one that is made while the executable is built is refused there.
    new SecureRandom().nextBytes(random);
    return random;
  }
}
