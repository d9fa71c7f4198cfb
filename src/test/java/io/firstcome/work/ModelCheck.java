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

  private static final int SCENARIOS = 20;
  private static final int INTERLEAVINGS = 300;

  private ModelCheck() {}

  /** Two threads with three operations each, some before and after them. */
  public static void holds(Class<?> operations) {
    options().check(operations);
  }

  /** The same scenarios find what is wrong with this one. */
  public static void fails(Class<?> broken) {
    assertThatThrownBy(() -> options().minimizeFailedScenario(false).check(broken))
        .isInstanceOf(LincheckAssertionError.class);
  }

  private static ModelCheckingOptions options() {
    return new ModelCheckingOptions()
        .iterations(SCENARIOS)
        .invocationsPerIteration(INTERLEAVINGS)
        .threads(2)
        .actorsPerThread(3)
        .actorsBefore(1)
        .actorsAfter(2);
  }
}
