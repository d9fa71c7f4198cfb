package io.firstcome.order.saga;

import io.firstcome.order.model.Step;

/** What came of an attempt to do a step, or to undo it. */
sealed interface Outcome {

  /**
   * It is done, or undone, for good.
   *
   * @param reference what it made, as the id of a payment; null: nothing of its own
   */
  record Done(String reference) implements Outcome {}

  /**
   * It is refused for good: of a step that is done the order is cancelled, of one that is undone it
   * is a dead letter.
   *
   * @param step that is to blame
   * @param reason a slug
   */
  record Refused(Step step, String reason) implements Outcome {}

  /**
   * What came of it is not known: it is attempted again, under the same key.
   *
   * @param reason a slug
   */
  record Unknown(String reason) implements Outcome {}
}
