package io.firstcome.mysql;

/** MySQL did not answer in time; whether it did what it was asked is unknown. */
public final class SqlTimeoutException extends SqlUnavailableException {

  SqlTimeoutException(String message) {
    super(message, null);
  }
}
