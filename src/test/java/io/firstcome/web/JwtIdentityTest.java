package io.firstcome.web;

import static io.firstcome.Management.management;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.build.Jwt;
import io.smallrye.jwt.build.JwtClaimsBuilder;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@TestProfile(JwtIdentityTest.Tokens.class)
class JwtIdentityTest {
  private static final String ISSUER = "https://issuer.example";
  private static final String AUDIENCE = "firstcome";
  private static final int OF_ADDRESS = 5;

  private static final WhoAsks WHO =
      new WhoAsks(() -> by(sign(good().subject("op").groups("admin"))));

  /** A key pair of this run. The profile is loaded twice, the test's copy must know the same. */
  public static class Tokens implements QuarkusTestProfile {
    static final String PRIVATE = "firstcome.test.private-key";
    static final String PUBLIC = "firstcome.test.public-key";

    @Override
    public Map<String, String> getConfigOverrides() {
      if (System.getProperty(PUBLIC) == null) {
        KeyPair keys = rsa();
        Base64.Encoder base64 = Base64.getEncoder();
        System.setProperty(PRIVATE, base64.encodeToString(keys.getPrivate().getEncoded()));
        System.setProperty(PUBLIC, base64.encodeToString(keys.getPublic().getEncoded()));
      }
      return Map.of(
          IdentityMode.SETTING,
          "jwt",
          JwtSettings.KEY,
          System.getProperty(PUBLIC),
          JwtSettings.ISSUER,
          ISSUER,
          JwtSettings.AUDIENCES,
          AUDIENCE,
          "firstcome.limit.address.rate",
          "0.0001",
          "firstcome.limit.address.burst",
          String.valueOf(OF_ADDRESS),
          "firstcome.limit.trusted-proxies",
          "127.0.0.0/8,::1");
    }
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
  void noTokenAsksForOne() {
    assertThat(unauthenticated(WHO.claimFor("alice", given())).header("WWW-Authenticate"))
        .isEqualTo("Bearer");
    assertThat(
            unauthenticated(WHO.claimFor("alice", given().auth().preemptive().basic("a", "b")))
                .header("WWW-Authenticate"))
        .isEqualTo("Bearer");
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
    unauthenticated(get(good().jws().sign(rsa().getPrivate())));
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
    is("alice", get(good().jws().algorithm(SignatureAlgorithm.PS256).sign(key())));
    unauthenticated(get(good().jws().algorithm(SignatureAlgorithm.RS512).sign(key())));
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
  void sixtyFourCharactersAreTheLimit() {
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
    return claims.jws().sign(key());
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
