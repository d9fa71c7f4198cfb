package io.firstcome.ledger;

import io.firstcome.web.ProblemType;
import io.smallrye.mutiny.Uni;

/** What a {@link Loader} has to know of what it loads. */
public interface Loadable {

  /**
   * What it is, in a word: also its table in MySQL, which has the columns {@code id} and {@code
   * epoch}, and a part of the names of its metrics.
   */
  String noun();

  /** What who asks for one that is not there is told. */
  ProblemType unknown();

  /** The tag of its keys, and of its ledger. */
  String tag(String id);

  /** Reads it from Redis; fails with {@link NotLoadedException} where that does not hold it. */
  Uni<?> read(String id);

  /**
   * Stages what MySQL holds and has it published, by a script that checks the token, the epoch, the
   * ledger and the staged sizes. It blocks.
   *
   * @return {@code PUBLISHED}, or why not
   */
  String publish(Staging staging);
}
