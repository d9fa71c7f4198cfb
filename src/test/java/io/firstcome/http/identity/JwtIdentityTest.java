package io.firstcome.http.identity;

import static io.firstcome.Management.management;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import com.sun.net.httpserver.HttpServer;
import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.ratelimit.RateLimitsOverHttpTest;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.build.Jwt;
import io.smallrye.jwt.build.JwtClaimsBuilder;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@TestProfile(JwtIdentityTest.Tokens.class)
class JwtIdentityTest {
  private static final String ISSUER = "https://issuer.example";
  private static final String AUDIENCE = "firstcome";
  private static final int OF_ADDRESS = 5;
  private static final int OF_ADDRESS_AT_REPLICA = 30;

  @RegisterExtension static final Stores stores = new Stores();

  private static final WhoAsks WHO =
      new WhoAsks(() -> by(sign(good().subject("op").groups("admin"))));

  private static final String SHOP = "https://shop.example";

  /**
   * An issuer that publishes its keys over HTTP, and a shop's page. The profile is loaded twice,
   * the test's copy must know the same.
   */
  public static class Tokens implements QuarkusTestProfile {
    static final String PRIVATE = "firstcome.test.private-key";
    static final String PUBLIC = "firstcome.test.public-key";
    static final String KEYS = "firstcome.test.keys";
    static final String ISSUER_PORT = "firstcome.test.issuer-port";

    @Override
    public Map<String, String> getConfigOverrides() {
      if (System.getProperty(PUBLIC) == null) {
        KeyPair keys = rsa();
        Base64.Encoder base64 = Base64.getEncoder();
        System.setProperty(PRIVATE, base64.encodeToString(keys.getPrivate().getEncoded()));
        System.setProperty(PUBLIC, base64.encodeToString(keys.getPublic().getEncoded()));
        publish(jwk("one", keys));
        System.setProperty(ISSUER_PORT, String.valueOf(startIssuer()));
      }
      return settings(
          IdentityMode.SETTING,
          "jwt",
          JwtSettings.KEY_LOCATION,
          "http://127.0.0.1:" + System.getProperty(ISSUER_PORT) + "/certs",
          JwtSettings.ISSUER,
          ISSUER,
          JwtSettings.AUDIENCES,
          AUDIENCE,
          // A rotation is seen at once.
          "smallrye.jwt.jwks.forced-refresh-interval",
          "0",
          // Where Keycloak has them.
          "smallrye.jwt.path.groups",
          "realm_access/roles",
          UserAttributes.SETTING,
          "tier:string,age:int=https://shop.example/age,since:timestamp,regions:list,member:bool",
          "quarkus.http.cors.enabled",
          "true",
          "quarkus.http.cors.origins",
          SHOP,
          "quarkus.http.cors.exposed-headers",
          "Location",
          "firstcome.limit.address.rate",
          "0.0001",
          "firstcome.limit.address.burst",
          String.valueOf(OF_ADDRESS),
          "firstcome.limit.address.replica-rate",
          "0.0001",
          "firstcome.limit.address.replica-burst",
          String.valueOf(OF_ADDRESS_AT_REPLICA),
          "firstcome.limit.trusted-proxies",
          "127.0.0.0/8,::1");
    }

    private static Map<String, String> settings(String... namesAndValues) {
      Map<String, String> settings = new HashMap<>();
      for (int i = 0; i < namesAndValues.length; i += 2) {
        settings.put(namesAndValues[i], namesAndValues[i + 1]);
      }
      return settings;
    }

    /** It lives as long as the tests do. */
    private static int startIssuer() {
      try {
        HttpServer issuer =
            HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        issuer.createContext(
            "/certs",
            exchange -> {
              byte[] keys = System.getProperty(KEYS).getBytes(StandardCharsets.UTF_8);
              exchange.getResponseHeaders().add("Content-Type", "application/json");
              // Fetched again soon, so that it is seen when the issuer is away.
              exchange.getResponseHeaders().add("Cache-Control", "max-age=1");
              exchange.sendResponseHeaders(keys.length == 0 ? 503 : 200, keys.length);
              exchange.getResponseBody().write(keys);
              exchange.close();
            });
        issuer.start();
        return issuer.getAddress().getPort();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    static void publish(JsonObject... keys) {
      System.setProperty(KEYS, new JsonObject().put("keys", List.of(keys)).encode());
    }

    static JsonObject jwk(String id, KeyPair keys) {
      RSAPublicKey key = (RSAPublicKey) keys.getPublic();
      Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
      byte[] modulus = key.getModulus().toByteArray();
      return new JsonObject()
          .put("kty", "RSA")
          .put("use", "sig")
          .put("kid", id)
          // Without the byte of the sign.
          .put("n", base64.encodeToString(Arrays.copyOfRange(modulus, 1, modulus.length)))
          .put("e", base64.encodeToString(key.getPublicExponent().toByteArray()));
    }
  }

  /** The new key stands beside the old one, then tokens are signed by it. */
  @Test
  void aKeyThatTheIssuerHasPublishedSinceIsFetched() {
    KeyPair keys = rsa();
    String token = good().jws().keyId("two").sign(keys.getPrivate());
    unauthenticated(get(token));

    JsonObject one =
        new JsonObject(System.getProperty(Tokens.KEYS)).getJsonArray("keys").getJsonObject(0);
    Tokens.publish(one, Tokens.jwk("two", keys));

    // The library asks not twice in 300 ms.
    await().untilAsserted(() -> is("alice", get(token)));
    is("alice", get(sign(good())));
  }

  /**
   * Whose token is good was told that it is not, and logged in again, at an issuer that is away.
   */
  @Test
  void whileTheIssuerIsAwayATokenIsToBeSentAgainAndNotRefused() {
    String keys = System.getProperty(Tokens.KEYS);
    String known = sign(good());
    is("alice", get(known));
    System.setProperty(Tokens.KEYS, "");
    try {
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> Problems.is(get(sign(good())).then(), ProblemType.ISSUER_UNAVAILABLE));
      is("alice", get(known));
      unauthenticated(get("a.b.c"));
      String address = address();
      for (int i = 0; i < OF_ADDRESS; i++) {
        Problems.is(
            WHO.claimFor("alice", by(sign(good()), address)).then(),
            ProblemType.ISSUER_UNAVAILABLE);
      }
      Problems.is(
          WHO.claimFor("alice", by(sign(good()), address)).then(), ProblemType.TOO_MANY_REQUESTS);
    } finally {
      System.setProperty(Tokens.KEYS, keys);
    }
    await().untilAsserted(() -> is("alice", get(sign(good()))));
  }

  @Test
  void realmRolesOfKeycloakAreGroups() {
    Map<String, Object> realm = Map.of("roles", List.of("admin", "offline_access"));
    WHO.operate(by(sign(with("realm_access", realm)))).then().statusCode(200);
    Problems.is(
        WHO.operate(by(sign(with("realm_access", Map.of("roles", 5))))).then(),
        ProblemType.FORBIDDEN);
  }

  @Test
  void aPageOfAnOriginThatCorsAllowsMayAsk() {
    String token = sign(good());
    given()
        .header("Origin", SHOP)
        .header("Access-Control-Request-Method", "PUT")
        .header("Access-Control-Request-Headers", "authorization")
        .options("/api/v1/coupons/none/claims/alice")
        .then()
        .statusCode(200)
        .header("Access-Control-Allow-Origin", SHOP)
        .header("Access-Control-Allow-Methods", "PUT")
        .header("Access-Control-Allow-Headers", "authorization");
    Response answer =
        WHO.claimFor(
            "alice", by(token).header("Origin", SHOP).header("Sec-Fetch-Site", "cross-site"));
    is("alice", answer);
    assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo(SHOP);
    assertThat(answer.header("Access-Control-Expose-Headers")).isEqualTo("Location");

    for (RequestSpecification elsewhere :
        List.of(
            by(token).header("Origin", "https://shop.example.evil.example"),
            by(token).header("Sec-Fetch-Site", "cross-site"))) {
      Response refused = WHO.claimFor("alice", elsewhere);
      assertThat(refused.statusCode()).isEqualTo(403);
      assertThat(refused.header("Access-Control-Allow-Origin")).isNull();
    }
  }

  @Test
  void theDocumentSaysThatATokenIsNeeded() {
    management()
        .queryParam("format", "json")
        .get("/q/openapi")
        .then()
        .statusCode(200)
        .body("components.securitySchemes.keySet()", equalTo(Set.of("bearer")))
        .body("components.securitySchemes.bearer.scheme", equalTo("bearer"))
        .body("components.securitySchemes.bearer.description", containsString("'sub'"))
        .body("paths.'/api/v1/coupons'.post.security[0].keySet()", equalTo(Set.of("bearer")))
        .body("paths.'/api/v1/coupons'.get.security", nullValue());
  }

  @Test
  void theSubjectIsTheUser() {
    is("alice", get(sign(good())));
    Problems.is(WHO.claimFor("bob", by(sign(good()))).then(), ProblemType.FORBIDDEN);
  }

  @Test
  void noOtherClaimIsTheUser() {
    String token = sign(good().upn("upn").preferredUserName("preferred"));
    is("alice", get(token));
  }

  @Test
  void theHeadersOfAGatewayAreNotLookedAt() {
    for (boolean operates : new boolean[] {false, true}) {
      RequestSpecification asked =
          by(sign(good())).header("X-User-Id", "not valid at all").header("X-User-Groups", "admin");
      if (operates) {
        Problems.is(WHO.operate(asked).then(), ProblemType.FORBIDDEN);
      } else {
        WHO.is("alice", asked);
      }
    }
    unauthenticated(WHO.claimFor("alice", WhoAsks.by("alice").header("X-User-Groups", "admin")));
  }

  @Test
  void groupsAreRoles() {
    WHO.operate(by(sign(good().groups(Set.of("admin", "other"))))).then().statusCode(200);
    Problems.is(WHO.operate(by(sign(good().groups("service")))).then(), ProblemType.FORBIDDEN);
  }

  @Test
  void claimsAreAttributesThatARuleMayUse() {
    String rule =
        "user.id == 'alice' && 'beta' in user.groups && user.tier == 'gold' && user.age == 30"
            + " && user.since < now && 'eu' in user.regions && user.member";
    String coupon = WHO.create(Map.of("eligibility", rule));
    JwtClaimsBuilder complete =
        good()
            .groups(Set.of("beta"))
            .claim("tier", "gold")
            .claim("https://shop.example/age", 30)
            .claim("since", 1_700_000_000)
            .claim("regions", List.of("eu"))
            .claim("member", true);
    String token = sign(complete);
    // The second time by the token that is cached.
    by(token).post(coupon + "/claims").then().statusCode(201);
    Problems.is(by(token).post(coupon + "/claims").then(), ProblemType.ALREADY_CLAIMED);

    String other = WHO.create(Map.of("eligibility", rule));
    for (String wrong :
        List.of(
            sign(complete.claim("tier", "silver")),
            sign(complete.claim("tier", 5)),
            sign(good().groups(Set.of("beta"))))) {
      Problems.is(by(wrong).post(other + "/claims").then(), ProblemType.NOT_ELIGIBLE);
      Problems.is(
          by(wrong).header("X-User-Tier", "gold").post(other + "/claims").then(),
          ProblemType.NOT_ELIGIBLE);
    }
  }

  @Test
  void noTokenAsksForOne() {
    assertThat(unauthenticated(WHO.claimFor("alice", given())).header("WWW-Authenticate"))
        .isEqualTo("Bearer");
    assertThat(
            unauthenticated(WHO.claimFor("alice", given().auth().preemptive().basic("a", "b")))
                .header("WWW-Authenticate"))
        .isEqualTo("Bearer");
    assertThat(unauthenticated(upload(given())).header("WWW-Authenticate")).isEqualTo("Bearer");
  }

  /** More than anybody but the operator may send: refused before it is read. */
  private static Response upload(RequestSpecification asked) {
    return asked.contentType("application/json").body("x".repeat(100_000)).post("/api/v1/coupons");
  }

  /** Not by the path as it was sent, of which there are as many as somebody makes up. */
  @Test
  void whoIsNotKnownIsCountedByTheTemplateOfThePath() {
    String madeUp = "made-up-" + UUID.randomUUID();
    unauthenticated(WHO.claimFor(madeUp, given()));
    unauthenticated(WHO.claimFor(madeUp, by("nonsense")));
    await()
        .untilAsserted(
            () ->
                assertThat(management().get("/q/metrics").asString())
                    .doesNotContain(madeUp)
                    .containsPattern(
                        "http_server_requests_seconds_count\\{[^}]*status=\"401\",uri=\"/api/v1/coupons/\\{couponId}/claims/\\{userId}\""));
  }

  @Test
  void aBadTokenSaysSo() {
    assertThat(unauthenticated(get("nonsense")).header("WWW-Authenticate"))
        .isEqualTo("Bearer error=\"invalid_token\"");
    assertThat(unauthenticated(upload(by("nonsense"))).header("WWW-Authenticate"))
        .isEqualTo("Bearer error=\"invalid_token\"");
  }

  @Test
  void anExpiredTokenIsRefused() {
    long now = Instant.now().getEpochSecond();
    unauthenticated(get(sign(good().issuedAt(now - 1_000).expiresAt(now - 500))));
  }

  /** Ten seconds, for clocks that differ, and not SmallRye's minute. */
  @Test
  void anExpiredTokenIsGoodForTheLeewayThatIsSetAndNoLonger() {
    long now = Instant.now().getEpochSecond();
    is("alice", get(sign(good().issuedAt(now - 100).expiresAt(now - 2))));
    unauthenticated(get(sign(good().issuedAt(now - 100).expiresAt(now - 15))));
  }

  /** What verifies it skips what is not base64url: each such token was another one to remember. */
  @Test
  void aSignatureCanBeWrittenInOneWayOnly() {
    String token = sign(good());
    is("alice", get(token));
    int last = token.length() - 1;
    char next = (char) (token.charAt(last) + 1);
    for (String other :
        List.of(
            token + "!",
            token + "=",
            token + "==",
            token.substring(0, last) + "*" + token.substring(last),
            token.substring(0, last) + next)) {
      unauthenticated(get(other));
    }
  }

  /** It was a 500. */
  @ParameterizedTest
  @ValueSource(strings = {"\"admin\"", "5", "true", "{\"a\":1}", "[5]", "[[\"admin\"]]"})
  void groupsOfAnotherTypeAreUnauthenticated(String groups) {
    Object value = new JsonObject("{\"groups\":" + groups + "}").getMap().get("groups");
    unauthenticated(get(sign(with("groups", value))));
  }

  /** 45,675 forged tokens in 6 s, and no 429. */
  @Test
  void forgedTokensTakeFromTheirAddressAndThenNothingNewIsLookedAt() {
    String known = sign(good());
    is("alice", get(known));
    String address = address();
    for (int i = 0; i < OF_ADDRESS; i++) {
      unauthenticated(WHO.claimFor("alice", by("a.b.c" + i, address)));
    }
    // On every event loop: what is remembered is each one's own.
    for (int i = 0; i < 20; i++) {
      Problems.is(
          WHO.claimFor("alice", by("a.b.c", address)).then(), ProblemType.TOO_MANY_REQUESTS);
    }
    for (String token : List.of("a.b.c", sign(good().subject("bob")))) {
      assertThat(
              Problems.is(
                      WHO.claimFor("alice", by(token, address)).then(),
                      ProblemType.TOO_MANY_REQUESTS)
                  .extract()
                  .header("Retry-After"))
          .matches("[0-9]+");
    }
    // Who is known may read; and who sends no credentials costs nothing.
    by(known, address).get("/api/v1/coupons/none/claims/alice").then().statusCode(404);
    by("a.b.c", address).get("/api/v1/coupons").then().statusCode(200);
    is("alice", get(known));
  }

  @Test
  void aReplicaRefusesForgedTokensByItselfWhereRedisDoesNot() {
    String address = address();
    RateLimitsOverHttpTest.spoilBucket(stores, address + "::1");
    for (int i = 0; i < OF_ADDRESS_AT_REPLICA; i++) {
      unauthenticated(WHO.claimFor("alice", by("a.b.c" + i, address)));
    }
    for (String token : List.of("a.b.c", sign(good().subject("bob")))) {
      Problems.is(WHO.claimFor("alice", by(token, address)).then(), ProblemType.TOO_MANY_REQUESTS);
    }
  }

  @Test
  void aTokenOfAnotherIssuerIsRefused() {
    unauthenticated(get(sign(good().issuer("https://other.example"))));
    unauthenticated(get(sign(Jwt.claims().subject("alice").audience(AUDIENCE))));
  }

  @Test
  void aTokenForAnotherAudienceIsRefused() {
    unauthenticated(get(sign(good().audience("other"))));
    unauthenticated(get(sign(Jwt.claims().subject("alice").issuer(ISSUER))));
  }

  @Test
  void aTokenOfAnotherKeyIsRefused() {
    unauthenticated(get(good().jws().keyId("one").sign(rsa().getPrivate())));
  }

  @Test
  void aTamperedTokenIsRefused() {
    String[] parts = sign(good()).split("\\.");
    String claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
    assertThat(claims).contains("alice");
    unauthenticated(
        get(parts[0] + "." + base64(claims.replace("alice", "mally")) + "." + parts[2]));
  }

  @Test
  void anUnsignedTokenIsRefused() {
    String claims = sign(good()).split("\\.")[1];
    for (String algorithm : new String[] {"none", "None", "NONE", ""}) {
      unauthenticated(get(base64("{\"alg\":\"" + algorithm + "\"}") + "." + claims + "."));
    }
  }

  /** The public key is known to everybody; taken as a shared secret everybody could sign. */
  @Test
  void aTokenSignedWithThePublicKeyAsASecretIsRefused() throws GeneralSecurityException {
    String publicKey = System.getProperty(Tokens.PUBLIC);
    String pem = "-----BEGIN PUBLIC KEY-----\n" + publicKey + "\n-----END PUBLIC KEY-----";
    for (byte[] secret :
        new byte[][] {
          Base64.getDecoder().decode(publicKey), publicKey.getBytes(), pem.getBytes()
        }) {
      String signed = base64("{\"alg\":\"HS256\"}") + "." + sign(good()).split("\\.")[1];
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      String signature =
          Base64.getUrlEncoder()
              .withoutPadding()
              .encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
      unauthenticated(get(signed + "." + signature));
    }
  }

  @Test
  void onlyAllowedAlgorithmsOfTheSameKeyAreAccepted() {
    is("alice", get(good().jws().keyId("one").algorithm(SignatureAlgorithm.PS256).sign(key())));
    unauthenticated(get(good().jws().keyId("one").algorithm(SignatureAlgorithm.RS512).sign(key())));
  }

  @Test
  void aTokenWithoutSubjectIsRefused() {
    unauthenticated(
        get(sign(Jwt.claims().issuer(ISSUER).audience(AUDIENCE).upn("alice").groups("admin"))));
    unauthenticated(get(sign(Jwt.claims().issuer(ISSUER).audience(AUDIENCE))));
    unauthenticated(get(sign(Jwt.claims(Map.of("sub", 5)).issuer(ISSUER).audience(AUDIENCE))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a\nb", "\u00e4"})
  void aSubjectThatIsNoUserIdIsMalformed(String subject) {
    Problems.is(get(sign(good().subject(subject))).then(), ProblemType.MALFORMED)
        .body("errors[0].field", equalTo("sub"));
  }

  @Test
  void aHundredAndTwentyEightCharactersAreTheLimit() {
    WHO.is("a".repeat(128), by(sign(good().subject("a".repeat(128)))));
    Problems.is(get(sign(good().subject("a".repeat(129)))).then(), ProblemType.MALFORMED);
  }

  private static JwtClaimsBuilder good() {
    return Jwt.claims().subject("alice").issuer(ISSUER).audience(AUDIENCE);
  }

  private static JwtClaimsBuilder with(String claim, Object value) {
    Map<String, Object> claims = new HashMap<>();
    claims.put(claim, value);
    return Jwt.claims(claims).subject("alice").issuer(ISSUER).audience(AUDIENCE);
  }

  private static String sign(JwtClaimsBuilder claims) {
    return claims.jws().keyId("one").sign(key());
  }

  private static Response get(String token) {
    return WHO.claimFor("alice", by(token));
  }

  /** From an address that nobody else has. */
  private static RequestSpecification by(String token) {
    return by(token, address());
  }

  private static RequestSpecification by(String token, String address) {
    return given()
        .header("Authorization", "Bearer " + token)
        .header("X-Forwarded-For", address + "::1");
  }

  private static String address() {
    return "2001:db8:" + UUID.randomUUID().toString().substring(9, 18).replace('-', ':');
  }

  private static void is(String user, Response answer) {
    WhoAsks.was(user, answer);
  }

  private static Response unauthenticated(Response response) {
    Problems.is(response.then(), ProblemType.UNAUTHENTICATED);
    assertThat(response.header("WWW-Authenticate")).startsWith("Bearer");
    return response;
  }

  private static PrivateKey key() {
    try {
      return KeyFactory.getInstance("RSA")
          .generatePrivate(
              new PKCS8EncodedKeySpec(
                  Base64.getDecoder().decode(System.getProperty(Tokens.PRIVATE))));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static KeyPair rsa() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
