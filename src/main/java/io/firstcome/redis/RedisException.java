package io.firstcome.redis;

/**
 * Redis did not do what it was asked. Carries no stack trace: under load there are many at once.
 */
public final class RedisException extends RuntimeException {

  /** What is known about the command that failed. */
  public enum Outcome {
    /** It was never sent, or Redis refused it: nothing has changed. */
    NOT_DONE,
    /** The reply was lost: it may have run. Asking again tells. */
    UNKNOWN,
    /** Too many commands wait for a connection: this one was not sent. */
    OVERLOADED
  }

  private final Outcome outcome;

  RedisException(Outcome outcome, String message, Throwable cause) {
    super(message, cause, false, false);
    this.outcome = outcome;
  }

  public Outcome outcome() {
    return outcome;
  }

  /** Whether Redis itself said no: it is there, and something is wrong with what it was asked. */
  public boolean isRefusal() {
    return Scripts.isReply(getCause());
  }
}
