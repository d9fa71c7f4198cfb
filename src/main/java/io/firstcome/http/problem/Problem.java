package io.firstcome.http.problem;

import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * An error answer (RFC 9457, {@code application/problem+json}) as an immutable value. A refusal is
 * nothing unexpected: return it; throw it (as {@link ProblemException}) only from where returning
 * it is no longer possible.
 *
 * <p>{@code Retry-After} is drawn anew for each answer: uniformly between the given time and twice
 * that, the spread being 1 s to {@value #MAX_SPREAD_SECONDS} s, so that those who were refused
 * together do not return together. Every 429 and 503 has one, {@value #DEFAULT_RETRY_AFTER_SECONDS}
 * s unless told otherwise.
 */
public final class Problem {
  /** The media type of every error this service answers with. */
  public static final String MEDIA_TYPE = "application/problem+json";

  static final MediaType MEDIA_TYPE_VALUE = new MediaType("application", "problem+json");
  static final int DEFAULT_RETRY_AFTER_SECONDS = 1;
  // Who waits an hour for an opening must not be sent away for two.
  static final int MAX_SPREAD_SECONDS = 30;

  private static final int NO_RETRY_AFTER = 0;
  private static final Set<String> STANDARD_MEMBERS = Set.of("type", "title", "status", "detail");
  private static final Problem[] PLAIN = new Problem[ProblemType.values().length];

  static {
    for (ProblemType type : ProblemType.values()) {
      int retryAfter = type.isRetryable() ? DEFAULT_RETRY_AFTER_SECONDS : NO_RETRY_AFTER;
      PLAIN[type.ordinal()] = new Problem(type, type.detail(), Map.of(), retryAfter);
    }
  }

  private final ProblemType type;
  private final String detail;
  private final Map<String, Object> extensions;
  private final long retryAfterSeconds;

  private Problem(
      ProblemType type, String detail, Map<String, Object> extensions, long retryAfterSeconds) {
    this.type = type;
    this.detail = detail;
    this.extensions = extensions;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** The problem of this type with its usual detail and no further member. Costs nothing. */
  public static Problem of(ProblemType type) {
    return PLAIN[type.ordinal()];
  }

  /** This problem with a detail of its own. Never what only the operator may know. */
  public Problem detail(String detail) {
    return new Problem(
        type, Objects.requireNonNull(detail, "detail"), extensions, retryAfterSeconds);
  }

  /** This problem with one more member, written by Jackson; the same member again replaces it. */
  public Problem with(String member, Object value) {
    if (STANDARD_MEMBERS.contains(member)) {
      throw new IllegalArgumentException("'" + member + "' is not an extension member");
    }
    Map<String, Object> more = new LinkedHashMap<>(extensions);
    more.put(member, value);
    return new Problem(type, detail, more, retryAfterSeconds);
  }

  /** This problem with {@code Retry-After}: at least 1 s, whole seconds (rounded up), jittered. */
  public Problem retryAfter(Duration atLeast) {
    long seconds = atLeast.getSeconds() + (atLeast.getNano() > 0 ? 1 : 0);
    return new Problem(type, detail, extensions, Math.max(1, seconds));
  }

  /** {@code malformed}, naming the one field, parameter or header that breaks a rule. */
  public static Problem malformed(String field, String message) {
    return malformed(List.of(new ErrorMember(field, message)));
  }

  /** {@code malformed}, naming every field that breaks a rule under {@code errors}. */
  public static Problem malformed(List<ErrorMember> errors) {
    return of(ProblemType.MALFORMED).with("errors", errors);
  }

  public ProblemType type() {
    return type;
  }

  public String detail() {
    return detail;
  }

  /** The members beside type, title, status and detail. */
  public Map<String, Object> extensions() {
    return Collections.unmodifiableMap(extensions);
  }

  /** As an exception, for where it cannot be returned. */
  public ProblemException asException() {
    return new ProblemException(this);
  }

  public Response toResponse() {
    Response.ResponseBuilder response =
        Response.status(type.status()).type(MEDIA_TYPE_VALUE).entity(this);
    if (retryAfterSeconds != NO_RETRY_AFTER) {
      response.header(HttpHeaders.RETRY_AFTER, drawRetryAfterSeconds());
    }
    return response.build();
  }

  /** The members in the order of RFC 9457, then the extensions in the order they were added. */
  Map<String, Object> members() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("type", type.uri());
    members.put("title", type.title());
    members.put("status", type.status());
    members.put("detail", detail);
    members.putAll(extensions);
    return members;
  }

  public boolean hasRetryAfter() {
    return retryAfterSeconds != NO_RETRY_AFTER;
  }

  public long drawRetryAfterSeconds() {
    long spread = Math.max(1, Math.min(MAX_SPREAD_SECONDS, retryAfterSeconds));
    return ThreadLocalRandom.current().nextLong(retryAfterSeconds, retryAfterSeconds + spread + 1);
  }

  @Override
  public String toString() {
    return type.slug() + ": " + detail + (extensions.isEmpty() ? "" : " " + extensions);
  }
}
