package io.firstcome.http.identity;

import io.smallrye.jwt.KeyProvider;
import io.smallrye.jwt.auth.principal.DefaultJWTCallerPrincipal;
import io.smallrye.jwt.auth.principal.DefaultJWTTokenParser;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.smallrye.jwt.auth.principal.JWTCallerPrincipal;
import io.smallrye.jwt.auth.principal.JWTCallerPrincipalFactory;
import io.smallrye.jwt.auth.principal.KeyLocationResolver;
import io.smallrye.jwt.auth.principal.ParseException;
import jakarta.annotation.Priority;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.security.Key;
import java.util.List;
import org.jose4j.http.Get;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.consumer.JwtContext;
import org.jose4j.jwx.JsonWebStructure;
import org.jose4j.keys.resolvers.VerificationKeyResolver;
import org.jose4j.lang.JoseException;
import org.jose4j.lang.UnresolvableKeyException;

/**
 * Verifies tokens as SmallRye does, and tells a key set that cannot be fetched from a token whose
 * key is not in it: SmallRye drops the difference, and a good token would be refused for good.
 */
@Singleton
@Alternative
@Priority(1)
class IssuerKeys extends JWTCallerPrincipalFactory {

  private final DefaultJWTTokenParser parser = new Parser();

  /** Whether a token was refused because the issuer's keys could not be fetched. */
  static boolean areAway(Throwable failure) {
    for (Throwable e = failure; e != null; e = e.getCause()) {
      if (e instanceof UnresolvableKeyException && e.getCause() instanceof IOException) {
        return true;
      }
    }
    return false;
  }

  @Override
  public JWTCallerPrincipal parse(String token, JWTAuthContextInfo settings) throws ParseException {
    JwtContext context = parser.parse(token, settings);
    String type = context.getJoseObjects().get(0).getHeader("typ");
    return new DefaultJWTCallerPrincipal(type, context.getJwtClaims());
  }

  private static final class Parser extends DefaultJWTTokenParser {

    private volatile Keys keys;

    @Override
    protected VerificationKeyResolver getVerificationKeyResolver(JWTAuthContextInfo settings)
        throws UnresolvableKeyException {
      if (settings.getKeyProvider() == KeyProvider.AWS_ALB
          || settings.isVerifyCertificateThumbprint()) {
        return super.getVerificationKeyResolver(settings);
      }
      if (keys == null) {
        synchronized (this) {
          if (keys == null) {
            keys = new Keys(settings);
          }
        }
      }
      return keys;
    }
  }

  private static final class Keys extends KeyLocationResolver {

    /** A token is looked up on a worker thread, of which there are few. */
    private static final int TIMEOUT_MILLIS = 2_000;

    Keys(JWTAuthContextInfo settings) throws UnresolvableKeyException {
      super(settings);
    }

    /** The client of the token asks again: jose4j would, three times, for each of three fetches. */
    @Override
    protected Get getHttpGet() {
      Get get = super.getHttpGet();
      get.setConnectTimeout(TIMEOUT_MILLIS);
      get.setReadTimeout(TIMEOUT_MILLIS);
      get.setRetries(0);
      return get;
    }

    @Override
    public Key resolveKey(JsonWebSignature token, List<JsonWebStructure> outer)
        throws UnresolvableKeyException {
      try {
        return super.resolveKey(token, outer);
      } catch (UnresolvableKeyException e) {
        checkFetched();
        throw e;
      }
    }

    /** Remembered where they were fetched. */
    private void checkFetched() throws UnresolvableKeyException {
      try {
        if (httpsJwks != null) {
          httpsJwks.getJsonWebKeys();
        }
      } catch (IOException e) {
        throw new UnresolvableKeyException("The issuer's keys cannot be fetched", e);
      } catch (JoseException e) {
        // It answers, with what is no key set.
      }
    }
  }
}
