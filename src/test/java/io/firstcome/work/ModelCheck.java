package io.firstcome.work;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;

/**
 * Runs the operations of a class in every interleaving of small scenarios, as far as time allows,
 * and compares what they return with what the same operations return one after the other. What must
 * hold at the end of each is a {@code @Validate} of the class.
 */
public final class ModelCheck {

  private ModelCheck() {}

  /** Two threads with three operations each, some before and after them. */
  public static void holds(Class<?> operations) {
    wide().check(operations);
  }

  /** The same scenarios find what is wrong with this one. */
  public static void fails(Class<?> broken) {
    fails(broken, wide());
  }

  /** For what takes long by itself: two threads with two operations each. */
  static void holdsInFewSteps(Class<?> operations) {
    narrow().check(operations);
  }

  static void failsInFewSteps(Class<?> broken) {
    fails(broken, narrow());
  }

  private static void fails(Class<?> broken, ModelCheckingOptions options) {
    assertThatThrownBy(() -> options.minimizeFailedScenario(false).check(broken))
        .isInstanceOf(LincheckAssertionError.class);
  }

  private static ModelCheckingOptions wide() {
    return new ModelCheckingOptions()
        .iterations(10)
        .invocationsPerIteration(100)
        .threads(2)
        .actorsPerThread(3)
        .actorsBefore(1)
        .actorsAfter(2);
  }

  private static ModelCheckingOptions narrow() {
    return new ModelCheckingOptions()
        .iterations(4)
        .invocationsPerIteration(30)
        .threads(2)
        .actorsPerThread(2)
        .actorsBefore(0)
        .actorsAfter(0);
  }
}
