package io.firstcome.loadtest;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.UUID;

/**
 * Users' ids of 36 characters, again and again in the same order, each a new String as a request
 * brings it: one that was asked for before knows its hash, and may be the very one a map has.
 */
public final class UserIds {

  /** Enough that what is looked up is not at hand from the last time; a power of two. */
  private static final int DIFFERENT = 1 << 16;

  private final byte[][] ids = new byte[DIFFERENT][];
  private int next;

  /**
   * @param of how many users these are taken, 1 or more
   * @param seed other users for another seed
   */
  public UserIds(int of, long seed) {
    Random random = new Random(1);
    for (int i = 0; i < DIFFERENT; i++) {
      ids[i] = id(random.nextInt(of), seed).getBytes(StandardCharsets.ISO_8859_1);
    }
  }

  /** The id of one user. */
  public static String id(int user, long seed) {
    Random random = new Random(seed * 0x9E3779B97F4A7C15L + user);
    return new UUID(random.nextLong(), random.nextLong()).toString();
  }

  public String next() {
    return new String(ids[next++ & DIFFERENT - 1], StandardCharsets.ISO_8859_1);
  }
}
