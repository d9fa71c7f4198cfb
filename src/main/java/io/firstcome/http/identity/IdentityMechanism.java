package io.firstcome.http.identity;

import io.firstcome.http.edge.ProblemMappers;
import io.firstcome.http.input.UserId;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.identity.request.AuthenticationRequest;
import io.quarkus.security.identity.request.TokenAuthenticationRequest;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.quarkus.smallrye.jwt.runtime.auth.JWTAuthMechanism;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.quarkus.vertx.http.runtime.security.HttpCredentialTransport;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.jwt.JsonWebToken;

/**
 * Tells who asks, in the one way that {@link IdentityMode} says: what the other way would read is
 * not looked at. As an alternative it also stands in front of the mechanism of SmallRye JWT, which
 * would otherwise be asked beside it.
 *
 * <p>Either way the result is the same: the principal's name is a valid {@link UserId}, the roles
 * are those of {@link Roles} among the groups.
 */
@Singleton
@Alternative
@Priority(1)
public class IdentityMechanism implements HttpAuthenticationMechanism {
  public static final String USER_HEADER = "X-User-Id";
  public static final String GROUPS_HEADER = "X-User-Groups";
  public static final String SECRET_HEADER = "X-Gateway-Secret";

  // With the hash of the name: looking one up by a String costs five times as much.
  private static final CharSequence USER = HttpHeaders.createOptimized(USER_HEADER);
  private static final CharSequence GROUPS = HttpHeaders.createOptimized(GROUPS_HEADER);
  private static final CharSequence SECRET = HttpHeaders.createOptimized(SECRET_HEADER);

  private static final String BEARER = "Bearer ";

  private final IdentityMode mode;
  private final JWTAuthMechanism tokens;
  private final GatewaySecrets secrets;
  private final UserAttributes attributes;
  private final TokenCache known;
  private final AddressLimit addresses;
  private final Visitors visitors;
  private final long maxAgeSeconds;

  // Here, not in an observer: no request may be answered under settings that are refused.
  IdentityMechanism(
      IdentityMode.Setting setting,
      JWTAuthMechanism tokens,
      @ConfigProperty(name = GatewaySecrets.SETTING) Optional<List<String>> secrets,
      UserAttributes attributes,
      TokenCache known,
      AddressLimit addresses,
      Visitors visitors,
      Config config) {
    this.mode = setting.mode();
    this.tokens = tokens;
    this.attributes = attributes;
    this.known = known;
    this.addresses = addresses;
    this.visitors = visitors;
    this.maxAgeSeconds = config.getOptionalValue("mp.jwt.verify.token.age", Long.class).orElse(0L);
    if (mode == IdentityMode.JWT) {
      JwtSettings.check(config);
      this.secrets = null;
    } else {
      this.secrets = GatewaySecrets.of(secrets.orElse(List.of()), LaunchMode.current());
    }
  }

  /** Wrong settings end the start, not the first request. */
  void start(@Observes StartupEvent event) {}

  /**
   * The user, where that is plain to see: from the gateway's headers, or by a token that was
   * verified before.
   *
   * @return the caller, or null where {@link #authenticate} must tell, be it only to say what is
   *     wrong
   */
  public Caller plainCaller(HttpServerRequest request) {
    MultiMap headers = request.headers();
    if (mode == IdentityMode.JWT) {
      SecurityIdentity identity = known.get(bearer(headers));
      return identity == null ? null : (Caller) identity.getPrincipal();
    }
    if (secrets.areRequired()) {
      String secret = only(headers, SECRET);
      if (secret == null || !secrets.accept(secret)) {
        return null;
      }
    }
    String user = only(headers, USER);
    return UserId.isValid(user) && headers.getAll(GROUPS).size() <= 1
        ? new Caller(user, () -> attributes.of(user, headers))
        : null;
  }

  private static String only(MultiMap headers, CharSequence name) {
    List<String> lines = headers.getAll(name);
    return lines.size() == 1 ? lines.get(0) : null;
  }

  private static String bearer(MultiMap headers) {
    String line = only(headers, HttpHeaders.AUTHORIZATION);
    return line != null && line.startsWith(BEARER) ? line.substring(BEARER.length()) : null;
  }

  @Override
  public Uni<SecurityIdentity> authenticate(
      RoutingContext request, IdentityProviderManager providers) {
    HttpServerRequest http = request.request();
    if (mode == IdentityMode.JWT) {
      String token = bearer(http.headers());
      SecurityIdentity verified = known.get(token);
      if (verified != null) {
        return Uni.createFrom().item(verified);
      }
      if (token == null) {
        return tokens
            .authenticate(request, providers)
            .onItem()
            .ifNull()
            .switchTo(() -> visitor(http));
      }
      Problem refusal = addresses.refusal(http);
      return refusal == null
          ? charged(request, byToken(request, providers, token))
          : Uni.createFrom().failure(refusal.asException());
    }
    return charged(request, byHeaders(http));
  }

  /**
   * Credentials that are none, or cannot be looked at, take from what their address may do: each
   * may cost a request to the issuer.
   */
  private Uni<SecurityIdentity> charged(RoutingContext request, Uni<SecurityIdentity> identity) {
    return identity
        .onFailure(e -> e instanceof AuthenticationFailedException || isIssuerAway(e))
        .recoverWithUni(failure -> charge(request).chain(() -> Uni.createFrom().failure(failure)));
  }

  /** On the event loop: keys that are fetched from elsewhere are waited for on another thread. */
  private Uni<Void> charge(RoutingContext request) {
    Context loop = request.vertx().getOrCreateContext();
    return Uni.createFrom()
        .voidItem()
        .emitOn(work -> loop.runOnContext(pass -> work.run()))
        .chain(() -> addresses.failed(request.request()));
  }

  private Uni<SecurityIdentity> byToken(
      RoutingContext request, IdentityProviderManager providers, String token) {
    if (!isCanonical(token)) {
      return Uni.createFrom().failure(new AuthenticationFailedException("Not base64url"));
    }
    return tokens
        .authenticate(request, providers)
        .onItem()
        .ifNotNull()
        .transform(
            identity -> {
              // The principal's own name would be the first of upn, preferred_username and sub.
              JsonWebToken claims = (JsonWebToken) identity.getPrincipal();
              if (claims.getSubject() == null) {
                throw new AuthenticationFailedException("The token has no 'sub'");
              }
              checkGroups(token);
              Map<String, Object> verified = attributes.of(claims);
              SecurityIdentity ours =
                  identity(claims.getSubject(), "sub", identity.getRoles(), () -> verified);
              // Only what was verified, should the settings say that the token is elsewhere.
              if (claims.getRawToken().equals(token)) {
                known.put(token, ours, endOf(claims));
              }
              return ours;
            })
        .onFailure(IssuerKeys::areAway)
        .transform(e -> Problem.of(ProblemType.ISSUER_UNAVAILABLE).asException())
        .onFailure(
            e -> !(e instanceof AuthenticationFailedException || e instanceof ProblemException))
        .transform(AuthenticationFailedException::new);
  }

  private static boolean isIssuerAway(Throwable e) {
    return e instanceof ProblemException known
        && known.problem().type() == ProblemType.ISSUER_UNAVAILABLE;
  }

  /** SmallRye takes groups that are no array of strings for none, or fails, as it happens. */
  private static void checkGroups(String token) {
    String[] parts = token.split("\\.");
    if (parts.length != 3) {
      // Encrypted: what it says is not to be seen here.
      return;
    }
    byte[] claims = Base64.getUrlDecoder().decode(parts[1]);
    Object groups = new JsonObject(Buffer.buffer(claims)).getValue("groups");
    if (groups != null
        && !(groups instanceof JsonArray array
            && array.stream().allMatch(String.class::isInstance))) {
      throw new AuthenticationFailedException("The token's 'groups' is not an array of strings");
    }
  }

  /**
   * Whether there is only this one way to write the token's signature: what verifies it skips what
   * is not base64url, and each other way would be another token that is known. What is signed is
   * the rest as it is written.
   */
  private static boolean isCanonical(String token) {
    String signature = token.substring(token.lastIndexOf('.') + 1);
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(signature);
      return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(signature);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Until when a token that was verified may be taken for good, in seconds since 1970. */
  private long endOf(JsonWebToken token) {
    return maxAgeSeconds == 0
        ? token.getExpirationTime()
        : Math.min(token.getExpirationTime(), token.getIssuedAtTime() + maxAgeSeconds);
  }

  private Uni<SecurityIdentity> byHeaders(HttpServerRequest request) {
    MultiMap headers = request.headers();
    try {
      if (secrets.areRequired()) {
        List<String> presented = headers.getAll(SECRET);
        if (presented.size() != 1 || !secrets.accept(presented.get(0))) {
          throw new AuthenticationFailedException("Not from the gateway");
        }
      }
      List<String> users = headers.getAll(USER);
      if (users.isEmpty()) {
        return visitor(request);
      }
      List<String> lines = headers.getAll(GROUPS);
      // Whose is it, the gateway's or the client's that the gateway let pass?
      if (users.size() > 1) {
        throw Problem.malformed(USER_HEADER, "must be given once").asException();
      }
      if (lines.size() > 1) {
        throw Problem.malformed(GROUPS_HEADER, "must be given once").asException();
      }
      Set<String> groups = new HashSet<>();
      for (String line : lines) {
        for (String group : line.split(",")) {
          groups.add(group.trim());
        }
      }
      String user = users.get(0);
      return Uni.createFrom()
          .item(identity(user, USER_HEADER, groups, () -> attributes.of(user, headers)));
    } catch (AuthenticationFailedException | ProblemException e) {
      return Uni.createFrom().failure(e);
    }
  }

  /** Null where the request has no secret of a visitor. */
  private Uni<SecurityIdentity> visitor(HttpServerRequest request) {
    String user = visitors.of(request);
    return Uni.createFrom()
        .item(user == null ? null : identity(user, Visitors.HEADER, Set.of(), Map::of));
  }

  private static SecurityIdentity identity(
      String user, String source, Set<String> groups, Supplier<Map<String, Object>> attributes) {
    if (!UserId.isValid(user)) {
      throw Problem.malformed(source, UserId.MESSAGE).asException();
    }
    QuarkusSecurityIdentity.Builder identity =
        QuarkusSecurityIdentity.builder().setPrincipal(new Caller(user, attributes));
    for (String role : Roles.ALL) {
      if (groups.contains(role)) {
        Roles.of(role).forEach(identity::addRole);
      }
    }
    return identity.build();
  }

  /** For what is not a resource; resources get theirs from {@link ProblemMappers}. */
  @Override
  public Uni<ChallengeData> getChallenge(RoutingContext request) {
    int status = HttpResponseStatus.UNAUTHORIZED.code();
    return Uni.createFrom()
        .item(
            mode == IdentityMode.JWT
                ? new ChallengeData(status, "WWW-Authenticate", "Bearer")
                : new ChallengeData(status));
  }

  @Override
  public Set<Class<? extends AuthenticationRequest>> getCredentialTypes() {
    return Set.of(TokenAuthenticationRequest.class);
  }

  @Override
  public Uni<HttpCredentialTransport> getCredentialTransport(RoutingContext request) {
    return mode == IdentityMode.JWT
        ? tokens.getCredentialTransport(request)
        : Uni.createFrom()
            .item(
                new HttpCredentialTransport(
                    HttpCredentialTransport.Type.OTHER_HEADER, USER_HEADER));
  }
}
