package io.firstcome.erasure;

/** What a user can be erased from. Every room that knows users brings one, as a CDI bean. */
public interface Erasable {

  /** What the answer counts, as {@code coupons}. */
  String plural();

  /**
   * Puts a pseudonym in the place of a user, wherever the user stands. Again is harmless. Blocks.
   *
   * @return in how many the user was
   */
  int erase(String userId);
}
