package io.firstcome.http.identity;

import io.quarkus.security.identity.SecurityIdentity;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** The users of tokens that were verified. */
@Singleton
class TokenCache extends VerifiedTokens<SecurityIdentity> {
  static final String SETTING = "firstcome.identity.known-tokens";

  TokenCache(@ConfigProperty(name = SETTING, defaultValue = "50000") int max) {
    super(max);
  }
}
