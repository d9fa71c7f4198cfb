package io.firstcome.erasure;

import io.firstcome.http.input.UserId;
import java.util.UUID;

/**
 * What stands where a user was: a name that says nothing and is used for one coupon, sale or event
 * only, so that nobody can tell that two were the same user.
 */
public final class Pseudonym {

  private Pseudonym() {}

  /** One that nobody had. */
  public static String next() {
    return UserId.ERASED + UUID.randomUUID();
  }

  /** Whether this stands for somebody who was erased. */
  public static boolean is(String userId) {
    return userId.startsWith(UserId.ERASED);
  }
}
