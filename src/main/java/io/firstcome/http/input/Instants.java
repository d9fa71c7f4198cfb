package io.firstcome.http.input;

import io.firstcome.http.problem.Problem;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/** Instants in the query of a request. */
public final class Instants {

  public static final String PATTERN = "[0-9]{4}-[0-9TZ:.-]{6,26}";
  public static final String MESSAGE = "must be an instant such as 2026-07-01T10:00:00Z";

  private Instants() {}

  /**
   * The instant of a parameter; null where there is none.
   *
   * @throws io.firstcome.http.problem.ProblemException {@code malformed}
   */
  public static Instant of(String name, String text) {
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw Problem.malformed(name, MESSAGE).asException();
    }
  }
}
