package io.firstcome.history;

import io.smallrye.mutiny.Uni;

/** Tells what a thing of one type is, so that the history has what it was before a change. */
public interface Describer {

  /** The type, as {@link Change} names it. */
  String type();

  /**
   * The thing as the API shows it.
   *
   * @param subject its id, as {@link Change} names it
   */
  Uni<?> describe(String subject);
}
