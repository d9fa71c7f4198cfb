package io.firstcome.erasure;

/** A room that knows users. Every such room brings one, as a CDI bean. */
public interface Erasable {

  /** What it has, in the plural, as the answer names it. */
  String what();

  /**
   * Puts a pseudonym in the place of a user, in Redis and in MySQL, and returns when it stands in
   * both. Again is harmless. It blocks.
   *
   * @return in how many coupons, or sales, the user was
   * @throws io.firstcome.web.ProblemException where a store could not do it in time: asking again
   *     goes on
   */
  int erase(String userId);
}
