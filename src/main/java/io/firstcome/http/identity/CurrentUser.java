package io.firstcome.http.identity;

import io.firstcome.http.input.UserId;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.quarkus.security.identity.SecurityIdentity;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/**
 * Who asks. For resources behind {@code @Authenticated} or {@code @RolesAllowed}: anywhere else
 * nobody may have been authenticated, and {@link #id()} fails.
 */
@Singleton
public class CurrentUser {
  private final SecurityIdentity identity;

  @Inject
  CurrentUser(SecurityIdentity identity) {
    this.identity = identity;
  }

  /** The user's id, always a valid {@link UserId}. */
  public String id() {
    if (identity.isAnonymous()) {
      throw new ProblemException(ProblemType.UNAUTHENTICATED);
    }
    return identity.getPrincipal().getName();
  }

  /** The user, with their verified attributes. */
  public Caller caller() {
    id();
    return (Caller) identity.getPrincipal();
  }

  public boolean isAdmin() {
    return identity.hasRole(Roles.ADMIN);
  }

  /** Whether they may read what is others'. */
  public boolean readsAll() {
    return identity.hasRole(Roles.AUDITOR) || identity.hasRole(Roles.OPERATOR);
  }

  /** Whether they act for users: they pay for them, confirm and read what is theirs. */
  public boolean actsForAll() {
    return isAdmin() || identity.hasRole(Roles.SERVICE);
  }

  /** Whether this is the user of that id, by exact comparison. */
  public boolean is(String userId) {
    return id().equals(userId);
  }
}
