package io.firstcome.pass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.firstcome.metrics.CouponLabels;
import io.firstcome.pass.PassConfig.Algorithm;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.interfaces.EdECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PassesTest {

  private static final String OLD = "2026-06:" + "o".repeat(32);
  private static final String NEW = "2026-07:" + "n".repeat(32);
  private static final Duration LIFETIME = Duration.ofMinutes(5);
  private static final Instant LONG = Instant.now().plusSeconds(3_600);

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private Passes passes(Algorithm algorithm, String... secrets) {
    return new Passes(
        new PassSecrets(List.of(secrets)), algorithm, LIFETIME, 100, new CouponLabels(2), registry);
  }

  private static String pass(Passes passes, String... opens) {
    return passes.issue("alice", "door", List.of(opens), LONG).token();
  }

  @Test
  void refusalsAreCountedByQueueAndOnlyAQueueThatExistsGetsALabel() {
    Passes passes = passes(Algorithm.HS256, NEW);
    passes.refusedAtDoor(PassRefusal.MISSING, "nonsense");
    passes.refusedAtDoor(PassRefusal.MISSING, "door");
    pass(passes);
    passes.refusedAtDoor(PassRefusal.MISSING, "door");
    passes.refused(PassRefusal.MISSING, "door");
    passes.refused(PassRefusal.EXPIRED, "hall");
    passes.refused(PassRefusal.EXPIRED, "attic");

    assertThat(refused("_other", "missing")).isEqualTo(2);
    assertThat(refused("door", "missing")).isEqualTo(2);
    assertThat(refused("hall", "expired")).isEqualTo(1);
    assertThat(refused("_other", "expired")).isEqualTo(1);
    assertThat(registry.find("firstcome.pass.refused").tag("queue", "nonsense").counter()).isNull();
  }

  private double refused(String queue, String reason) {
    return registry
        .get("firstcome.pass.refused")
        .tags("queue", queue, "reason", reason)
        .counter()
        .count();
  }

  @ParameterizedTest
  @EnumSource
  void aPassLetsItsUserInAndNobodyElse(Algorithm algorithm) {
    Passes passes = passes(algorithm, NEW);
    String token = pass(passes);

    // As it is verified, and as it is remembered.
    for (int i = 0; i < 2; i++) {
      assertThat(passes.refusal(token, "door", "coupon", "alice")).isNull();
      assertThat(passes.refusal(token, "door", "coupon", "bob")).isEqualTo(PassRefusal.OTHER_USER);
      assertThat(passes.refusal(token, "gate", "coupon", "alice"))
          .isEqualTo(PassRefusal.OTHER_QUEUE);
    }
    assertThat(passes.refusal(null, "door", "coupon", "alice")).isEqualTo(PassRefusal.MISSING);
    assertThat(passes.read(token).userId()).isEqualTo("alice");
  }

  @Test
  void aPassOpensWhatItNamesOrEverything() {
    Passes passes = passes(Algorithm.HS256, NEW);
    String token = pass(passes, "summer", "winter");

    assertThat(passes.refusal(token, "door", "winter", "alice")).isNull();
    assertThat(passes.refusal(token, "door", "autumn", "alice")).isEqualTo(PassRefusal.NOT_OPENED);
    assertThat(passes.refusalAtDoor(token, "door", null)).isNull();
    assertThat(passes.refusalAtDoor(token, "door", "bob")).isEqualTo(PassRefusal.OTHER_USER);
  }

  @Test
  void aPassEndsAfterItsLifetimeAndNeverAfterItsUserHasToGo() {
    Passes passes = passes(Algorithm.HS256, NEW);
    Instant soon = Instant.now().plusSeconds(20);

    assertThat(passes.issue("alice", "door", List.of(), soon).pass().expiresAtSeconds())
        .isEqualTo(soon.getEpochSecond());
    assertThat(passes.issue("alice", "door", List.of(), null).pass().expiresAtSeconds())
        .isBetween(
            Instant.now().plus(LIFETIME).getEpochSecond() - 5,
            Instant.now().plus(LIFETIME).getEpochSecond());
    String over = passes.issue("alice", "door", List.of(), Instant.now()).token();
    assertThat(passes.refusal(over, "door", "coupon", "alice")).isEqualTo(PassRefusal.EXPIRED);
    assertThat(passes.read(over)).isNull();
  }

  @ParameterizedTest
  @EnumSource
  void duringARotationBothSecretsAreAcceptedAndTheFirstSigns(Algorithm algorithm) {
    String before = pass(passes(algorithm, OLD));
    Passes during = passes(algorithm, NEW, OLD);
    Passes after = passes(algorithm, NEW);

    assertThat(during.refusal(before, "door", "coupon", "alice")).isNull();
    assertThat(after.refusal(pass(during), "door", "coupon", "alice")).isNull();
    assertThat(after.refusal(before, "door", "coupon", "alice")).isEqualTo(PassRefusal.INVALID);
  }

  /** Other software that has this kid and secret, or the public key, can check a pass. */
  @Test
  void aPassIsAJwtThatOthersVerifyByThePublicKey() throws Exception {
    Passes passes = passes(Algorithm.EDDSA, NEW);
    PassKeysResource.Jwk jwk = new PassKeysResource(passes).keys().keys().get(0);
    PublicJsonWebKey key =
        (PublicJsonWebKey)
            JsonWebKey.Factory.newJwk(
                new JsonObject()
                    .put("kty", jwk.kty())
                    .put("crv", jwk.crv())
                    .put("x", jwk.x())
                    .encode());

    var claims =
        new JwtConsumerBuilder()
            .setVerificationKey(key.getPublicKey())
            .setExpectedIssuer("firstcome")
            .setExpectedAudience("firstcome:pass")
            .setExpectedType(true, "fc-pass+jwt")
            .setRequireExpirationTime()
            .build()
            .processToClaims(pass(passes, "summer"));

    assertThat(claims.getSubject()).isEqualTo("alice");
    assertThat(claims.getClaimValueAsString("queue")).isEqualTo("door");
    assertThat(claims.getStringListClaimValue("opens")).containsExactly("summer");
    assertThat(new PassKeysResource(passes(Algorithm.HS256, NEW)).keys().keys()).isEmpty();
  }

  /** RFC 8032, 7.1, test 1. */
  @Test
  void thePrivateKeyIsTheSeed() {
    KeyPair pair =
        PassSecrets.ed25519(
            HexFormat.of()
                .parseHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));

    byte[] encoded = ((EdECPublicKey) pair.getPublic()).getEncoded();
    assertThat(
            HexFormat.of()
                .formatHex(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length)))
        .isEqualTo("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  }

  @ParameterizedTest
  @EnumSource
  void whatIsSignedByAKeyOfAnotherKindIsNoPass(Algorithm algorithm) {
    PassSecrets secrets = new PassSecrets(List.of(NEW));
    Passes passes = passes(algorithm, NEW);
    String claims = passes.issue("alice", "door", List.of(), LONG).pass().claims(1);

    for (TokenKind kind : TokenKind.values()) {
      for (Algorithm other : Algorithm.values()) {
        String token = new SignedTokens(secrets, kind, other).sign(claims);
        assertThat(passes.refusal(token, "door", "coupon", "alice"))
            .as("%s by %s", kind, other)
            .isEqualTo(kind == TokenKind.PASS && other == algorithm ? null : PassRefusal.INVALID);
      }
    }
  }

  /** The key and the header, each by itself: neither would do alone. */
  @Test
  void aTokenNeedsBothTheKeyAndTheTypeOfAPass() throws Exception {
    PassSecrets secrets = new PassSecrets(List.of(NEW));
    Passes passes = passes(Algorithm.HS256, NEW);
    String pass = TokenKind.PASS.label() + "/HS256";
    String other = TokenKind.RETURN.label() + "/HS256";

    assertThat(judge(passes, token(secrets.key("2026-07", pass), "fc-pass+jwt"))).isNull();
    assertThat(judge(passes, token(secrets.key("2026-07", other), "fc-pass+jwt")))
        .isEqualTo(PassRefusal.INVALID);
    assertThat(judge(passes, token(secrets.key("2026-07", pass), "fc-return+jwt")))
        .isEqualTo(PassRefusal.INVALID);
    assertThat(
            judge(passes, token("n".repeat(32).getBytes(StandardCharsets.US_ASCII), "fc-pass+jwt")))
        .isEqualTo(PassRefusal.INVALID);
  }

  private static PassRefusal judge(Passes passes, String token) {
    return passes.refusal(token, "door", "coupon", "alice");
  }

  private static String token(byte[] key, String type) throws JoseException {
    JsonWebSignature jws = new JsonWebSignature();
    jws.setAlgorithmHeaderValue("HS256");
    jws.setKeyIdHeaderValue("2026-07");
    jws.setHeader("typ", type);
    jws.setPayload(new Pass("alice", "door", List.of(), LONG.getEpochSecond()).claims(1));
    jws.setKey(new HmacKey(key));
    return jws.getCompactSerialization();
  }

  @Test
  void aPassThatWasChangedIsNone() {
    Passes passes = passes(Algorithm.HS256, NEW);
    String[] parts = pass(passes).split("\\.");
    String payload =
        new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8)
            .replace("alice", "mallo");
    String other =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(payload.getBytes(StandardCharsets.UTF_8));

    for (String token :
        List.of(
            "",
            ".",
            "..",
            "a.b.c",
            parts[0] + "." + other + "." + parts[2],
            parts[0] + "." + parts[1] + ".",
            unsecured() + "." + parts[1] + ".",
            unsecured() + "." + parts[1] + "." + parts[2],
            String.join(".", parts) + "=",
            "x".repeat(SignedTokens.MAX_LENGTH) + ".y.z")) {
      assertThat(passes.refusal(token, "door", "coupon", "mallo"))
          .as(token)
          .isEqualTo(PassRefusal.INVALID);
    }
  }

  private static String unsecured() {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(
            "{\"alg\":\"none\",\"typ\":\"fc-pass+jwt\",\"kid\":\"2026-07\"}"
                .getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "",
        "{\"iss\":\"firstcome\",\"aud\":\"firstcome:place\",\"sub\":\"a\",\"queue\":\"q\",\"exp\":9e9}",
        "{\"iss\":\"other\",\"aud\":\"firstcome:pass\",\"sub\":\"a\",\"queue\":\"q\",\"exp\":9e9}",
        "{\"iss\":\"firstcome\",\"aud\":\"firstcome:pass\",\"sub\":\"a\",\"queue\":\"q\"}",
        "{\"iss\":\"firstcome\",\"aud\":\"firstcome:pass\",\"sub\":\"a\",\"queue\":\"q\",\"exp\":9e9,\"opens\":\"x\"}"
      })
  void aPayloadThatIsNotOfAPassIsNone(String payload) {
    assertThat(Pass.of(payload)).isNull();
  }

  @Test
  void withoutASecretPassesAreOff() {
    Passes off = passes(Algorithm.HS256);

    assertThat(off.areOn()).isFalse();
    assertThat(off.refusal(pass(passes(Algorithm.HS256, NEW)), "door", "coupon", "alice"))
        .isEqualTo(PassRefusal.INVALID);
    assertThatThrownBy(() -> pass(off)).hasMessageContaining("passes-off");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "no-kid-and-a-secret-that-is-long-enough",
        "kid:short",
        "kid with spaces:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "a-kid-that-is-too-long:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      })
  void aSecretThatBreaksARuleEndsTheStartAndIsNotLogged(String secret) {
    assertThatThrownBy(() -> new PassSecrets(List.of(secret)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(PassSecrets.SETTING)
        .hasMessageNotContaining(secret);
  }

  @Test
  void thereAreTwoSecretsAtMost() {
    assertThatThrownBy(() -> new PassSecrets(List.of(OLD, NEW, "third:" + "t".repeat(32))))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> new PassSecrets(List.of(OLD, OLD)))
        .isInstanceOf(ConfigurationException.class);
  }
}
