package io.firstcome.http.problem;

/**
 * A {@link Problem} on its way out of a place that cannot return it. It has no stack trace: it
 * tells the client something, not the developer.
 */
public class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  public ProblemException(Problem problem) {
    this(problem, null);
  }

  /** The cause is for whoever catches this on its way; it never reaches the client. */
  public ProblemException(Problem problem, Throwable cause) {
    super(problem.toString(), cause, false, false);
    this.problem = problem;
  }

  public ProblemException(ProblemType type) {
    this(Problem.of(type), null);
  }

  public Problem problem() {
    return problem;
  }
}
