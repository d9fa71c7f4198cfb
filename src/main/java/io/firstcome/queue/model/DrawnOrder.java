package io.firstcome.queue.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The places that a room draws for those who join before its opening: a permutation of their
 * numbers, keyed by a seed, so that one write draws them however many there are, and everybody can
 * verify it once the seed is told.
 *
 * <p>A Feistel network of four rounds over the least square of a power of two that has all numbers,
 * walked until it ends on one of them. The scripts do the same, see {@code queue-state.lua}.
 *
 * @param seed 64 hexadecimal digits
 * @param count how many numbers are drawn; higher ones stay as they are
 */
public record DrawnOrder(String seed, long count) {

  private static final int ROUNDS = 4;

  /** The place of a number. */
  public long placeOf(long number) {
    if (number > count) {
      return number;
    }
    long size = 1;
    while (size * size < count) {
      size *= 2;
    }
    long at = number - 1;
    do {
      long left = at / size;
      long right = at % size;
      for (int round = ROUNDS; round >= 1; round--) {
        long before = Math.floorMod(right - hash(round, left, size), size);
        right = left;
        left = before;
      }
      at = left * size + right;
    } while (at >= count);
    return at + 1;
  }

  private long hash(int round, long half, long size) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-1")
              .digest((seed + ":" + round + ":" + half).getBytes(StandardCharsets.US_ASCII));
      long first =
          (hash[0] & 0xffL) << 24
              | (hash[1] & 0xffL) << 16
              | (hash[2] & 0xffL) << 8
              | hash[3] & 0xffL;
      return first % size;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
