package io.firstcome.http.identity;

import java.util.Set;

/** The groups of a token (or of {@code X-User-Groups}) that mean something here. */
public final class Roles {
  /** May do what auditors, erasers and operators may. */
  public static final String ADMIN = "admin";

  /** Reads everybody's claims, audits and dead letters; changes nothing. */
  public static final String AUDITOR = "auditor";

  /** Erases users. */
  public static final String ERASER = "eraser";

  /** Defines coupons, sales and queues, runs them, and reads what auditors read. */
  public static final String OPERATOR = "operator";

  /** Another service acting for users. */
  public static final String SERVICE = "service";

  static final Set<String> ALL = Set.of(ADMIN, AUDITOR, ERASER, OPERATOR, SERVICE);

  /** The roles that one has who is in this group. */
  static Set<String> of(String group) {
    return group.equals(ADMIN) ? Set.of(ADMIN, AUDITOR, ERASER, OPERATOR) : Set.of(group);
  }

  private Roles() {}
}
