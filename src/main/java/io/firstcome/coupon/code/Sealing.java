package io.firstcome.coupon.code;

import io.firstcome.http.input.Digests;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals texts by a key of 32 bytes: AES-256-GCM with a random nonce in front, in Base64. What is
 * sealed for one place is not opened in another.
 */
final class Sealing {

  static final int KEY_BYTES = 32;

  private static final String CIPHER = "AES/GCM/NoPadding";
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  private Sealing() {}

  /**
   * Seals.
   *
   * @param place where it will stand
   */
  static String seal(byte[] key, String place, byte[] plain) {
    byte[] nonce = Digests.random(NONCE_BYTES);
    byte[] sealed = cipher(Cipher.ENCRYPT_MODE, key, place, nonce, plain, 0);
    byte[] both = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
    System.arraycopy(sealed, 0, both, NONCE_BYTES, sealed.length);
    return Base64.getEncoder().encodeToString(both);
  }

  /**
   * Opens what was sealed.
   *
   * @throws IllegalStateException where it was sealed by another key or for another place, or was
   *     changed
   */
  static byte[] open(byte[] key, String place, String sealed) {
    byte[] both = Base64.getDecoder().decode(sealed);
    byte[] nonce = Arrays.copyOf(both, NONCE_BYTES);
    return cipher(Cipher.DECRYPT_MODE, key, place, nonce, both, NONCE_BYTES);
  }

  private static byte[] cipher(
      int mode, byte[] key, String place, byte[] nonce, byte[] text, int from) {
    try {
      Cipher cipher = Cipher.getInstance(CIPHER);
      cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
      cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
      return cipher.doFinal(text, from, text.length - from);
    } catch (GeneralSecurityException e) {
      // Without what it says of the text.
      throw new IllegalStateException("What is sealed for " + place + " cannot be opened", e);
    }
  }
}
