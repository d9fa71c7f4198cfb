package io.firstcome.mysql;

/** MySQL cannot be asked: no connection, or it was lost. */
public class SqlUnavailableException extends RuntimeException {

  protected SqlUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
