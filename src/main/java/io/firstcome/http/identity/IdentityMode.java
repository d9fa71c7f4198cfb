package io.firstcome.http.identity;

import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** How a request tells its user: {@code firstcome.identity}. */
public enum IdentityMode {
  /** By a bearer token (JWT) of an issuer we trust. */
  JWT,
  /** By {@code X-User-Id} and {@code X-User-Groups} of a gateway we trust. */
  HEADER;

  public static final String SETTING = "firstcome.identity";

  /**
   * What a 401 says in {@code WWW-Authenticate} (RFC 6750), or null: nothing.
   *
   * @param badCredentials whether there were some
   */
  public String challenge(boolean badCredentials) {
    if (this != JWT) {
      return null;
    }
    return badCredentials ? "Bearer error=\"invalid_token\"" : "Bearer";
  }

  /** The mode of this run. */
  @Singleton
  public static class Setting {
    private final IdentityMode mode;

    Setting(@ConfigProperty(name = SETTING, defaultValue = "jwt") IdentityMode mode) {
      this.mode = mode;
    }

    public IdentityMode mode() {
      return mode;
    }
  }
}
