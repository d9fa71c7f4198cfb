package io.firstcome.queue.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The block of users that has a user, see {@code queue-state.lua}; in MySQL a column. */
public final class UserBlock {

  /** Also in {@code queue-state.lua}. */
  private static final int BLOCKS = 16_384;

  private UserBlock() {}

  public static long of(String userId) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-1").digest(userId.getBytes(StandardCharsets.UTF_8));
      return ((hash[0] & 0xff) << 8 | hash[1] & 0xff) % BLOCKS;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
