package io.firstcome.http.input;

import java.util.List;
import java.util.function.Function;

/** Pages go by key: a page names the key after which the next one begins. */
public final class Paging {

  private Paging() {}

  /** The key to ask for the next page with; null: this page is the last. */
  public static <T, K> K next(List<T> page, int limit, Function<T, K> key) {
    return page.size() < limit ? null : key.apply(page.get(page.size() - 1));
  }
}
