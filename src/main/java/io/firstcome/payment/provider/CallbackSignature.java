package io.firstcome.payment.provider;

import io.firstcome.http.input.Digests;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;

/**
 * Who sent a callback, and when: {@code t=<seconds since 1970>,v1=<HMAC-SHA256 in hexadecimal>} of
 * the time stamp, a dot and the body. The time stamp is part of what is signed, so an old callback
 * cannot be sent again as a new one.
 */
final class CallbackSignature {

  static final String HEADER = "X-Signature";

  private static final Pattern FORM = Pattern.compile("t=([0-9]{1,12}),v1=([0-9a-f]{64})");

  private CallbackSignature() {}

  /** Whether whoever knows the secret has signed this body, not longer ago than the window. */
  static boolean isValid(
      String signature, byte[] body, String secret, Instant now, Duration window) {
    Matcher parts = FORM.matcher(signature == null ? "" : signature);
    if (!parts.matches()) {
      return false;
    }
    long age = Math.abs(now.getEpochSecond() - Long.parseLong(parts.group(1)));
    byte[] claimed = HexFormat.of().parseHex(parts.group(2));
    return MessageDigest.isEqual(claimed, mac(parts.group(1), body, secret))
        && age <= window.toSeconds();
  }

  private static byte[] mac(String time, byte[] body, String secret) {
    Mac mac = Digests.hmac(secret.getBytes(StandardCharsets.UTF_8));
    mac.update((time + ".").getBytes(StandardCharsets.US_ASCII));
    return mac.doFinal(body);
  }
}
