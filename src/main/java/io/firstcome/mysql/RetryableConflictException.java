package io.firstcome.mysql;

import java.util.function.BooleanSupplier;

/**
 * Others were in the way of a decision: nothing was done, and it is worth trying again. Carries no
 * stack trace: where many want the same there are many.
 */
public final class RetryableConflictException extends RuntimeException {

  private final transient BooleanSupplier way;

  public RetryableConflictException(String why) {
    this(why, () -> false);
  }

  /**
   * The same where something can be done about it.
   *
   * @param way clears the way, and says whether it has: then the next try need not wait
   */
  public RetryableConflictException(String why, BooleanSupplier way) {
    super(why, null, false, false);
    this.way = way;
  }

  boolean clearTheWay() {
    return way.getAsBoolean();
  }
}
