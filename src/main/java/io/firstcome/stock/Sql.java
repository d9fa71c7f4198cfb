package io.firstcome.stock;

/** Pieces of statements. */
final class Sql {

  private Sql() {}

  /** {@code ?, ?, ?} for so many values, at least one. */
  static String placeholders(int values) {
    return "?" + ", ?".repeat(values - 1);
  }
}
