package io.firstcome.mysql;

import io.firstcome.work.Chunks;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/**
 * The values of an {@code IN}, the last one repeated up to a power of two: so there are few
 * statements to be prepared, however many numbers of values there are.
 *
 * @param marks in brackets, as in {@code (?, ?, ?, ?)}
 * @param values as many
 */
public record In(String marks, List<Object> values) {

  /**
   * So many ids of 128 characters are 64 kB, far below any {@code max_allowed_packet}. Below the
   * 1,000 at which MariaDB turns the list into a subquery.
   */
  private static final int AT_MOST = 512;

  /**
   * All of these.
   *
   * @param values at least one
   */
  public static In of(Collection<?> values) {
    List<Object> padded = new ArrayList<>(values);
    Object last = padded.get(padded.size() - 1);
    padded.addAll(Collections.nCopies(paddedSize(padded.size()) - padded.size(), last));
    return new In("(?" + ", ?".repeat(padded.size() - 1) + ")", padded);
  }

  /** The least power of two that is not less, up to what is sent at once. */
  public static int paddedSize(int size) {
    return size <= 1 || size > AT_MOST ? size : Integer.highestOneBit(size - 1) << 1;
  }

  /** Pieces of them that one statement can carry, in their order. */
  public static <T> List<List<T>> parts(Collection<T> all) {
    return Chunks.of(List.copyOf(all), AT_MOST);
  }

  /** The parameters of a statement: those before the {@code IN}, and it. */
  public Object[] after(Object... before) {
    List<Object> params = new ArrayList<>(List.of(before));
    params.addAll(values);
    return params.toArray();
  }
}
