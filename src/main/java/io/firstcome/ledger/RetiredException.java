package io.firstcome.ledger;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;

/**
 * It has left Redis for good and is not loaded: MySQL answers for it. Who does not know better
 * tells that it is closed.
 */
public final class RetiredException extends ProblemException {

  public RetiredException() {
    super(Problem.of(ProblemType.CLOSED));
  }
}
