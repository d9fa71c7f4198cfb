package io.firstcome.sale;

import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a replica answered. Read with patterns, not with a JSON library, so that {@link SaleMain}
 * runs on a JDK alone; the tests of the API prove the form.
 *
 * @param retryAfter the header, or empty
 */
public record Answer(int status, String body, String retryAfter) {
  private static final Pattern PROBLEM = Pattern.compile("urn:firstcome:problem:([a-z-]+)");
  private static final Pattern USER = Pattern.compile("\"userId\":\"([^\"]*)\"");
  private static final Pattern SEQUENCE = Pattern.compile("\"sequence\":(\\d+)");
  private static final Pattern ISSUED_AT = Pattern.compile("\"issuedAt\":\"([^\"]*)\"");

  /** The last part of the problem's type, or empty. */
  public String problem() {
    return first(PROBLEM);
  }

  /** The status, and the problem if there is one. */
  public String label() {
    return problem().isEmpty() ? String.valueOf(status) : status + " " + problem();
  }

  /** Whether this says that the user who asked holds a unit. */
  public boolean isClaim() {
    return status == 201 || problem().equals("already-claimed");
  }

  /**
   * The claim in it.
   *
   * @throws IllegalStateException if there is none, or it is not this user's
   */
  public Holding holding(String user) {
    if (!first(USER).equals(user)) {
      throw new IllegalStateException("not a claim of " + user + ": " + body);
    }
    return new Holding(Long.parseLong(first(SEQUENCE)), Instant.parse(first(ISSUED_AT)));
  }

  private String first(Pattern pattern) {
    Matcher found = pattern.matcher(body);
    return found.find() ? found.group(1) : "";
  }
}
