package io.firstcome.http.identity;

import java.util.Set;

/** The groups of a token (or of {@code X-User-Groups}) that mean something here. */
public final class Roles {
  /** The operator: defines coupons and sees everybody's claims. */
  public static final String ADMIN = "admin";

  /** Another service acting for users. */
  public static final String SERVICE = "service";

  static final Set<String> ALL = Set.of(ADMIN, SERVICE);

  private Roles() {}
}
