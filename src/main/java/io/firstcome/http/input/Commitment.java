package io.firstcome.http.input;

import java.util.HexFormat;

/**
 * Binds the service to a secret before what it decides is known: the commitment is published first,
 * the secret afterwards, and everybody can compare them.
 */
public final class Commitment {

  private static final int SECRET_BYTES = 32;

  private Commitment() {}

  /** 64 hexadecimal digits, 256 bits of which nobody can know any. */
  public static String newSecret() {
    return HexFormat.of().formatHex(Digests.random(SECRET_BYTES));
  }

  /**
   * SHA-256 of the secret as it is written, so that {@code printf %s "$secret" | sha256sum} is it.
   */
  public static String to(String secret) {
    return Digests.of(secret);
  }
}
