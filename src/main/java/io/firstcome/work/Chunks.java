package io.firstcome.work;

import java.util.ArrayList;
import java.util.List;

/** A list in parts. */
public final class Chunks {

  private Chunks() {}

  /** Views of consecutive parts, each of this size but the last. */
  public static <T> List<List<T>> of(List<T> all, int size) {
    List<List<T>> chunks = new ArrayList<>((all.size() + size - 1) / size);
    for (int from = 0; from < all.size(); from += size) {
      chunks.add(all.subList(from, Math.min(from + size, all.size())));
    }
    return chunks;
  }
}
