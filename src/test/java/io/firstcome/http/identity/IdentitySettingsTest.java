package io.firstcome.http.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which settings of identity let the service start. */
class IdentitySettingsTest {
  private static final String OLD = "old-secret-16-chars";
  private static final String NEW = "new-secret-of-another-length";

  private static final Map<String, String> JWT =
      Map.of(
          JwtSettings.KEY_LOCATION, "https://issuer.example/jwks.json",
          JwtSettings.ISSUER, "https://issuer.example",
          JwtSettings.AUDIENCES, "firstcome");

  @Test
  void productionNeedsAGatewaySecret() {
    assertThatThrownBy(() -> GatewaySecrets.of(List.of(), LaunchMode.NORMAL))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("firstcome.gateway.secrets");
  }

  @ParameterizedTest
  @EnumSource(
      value = LaunchMode.class,
      names = {"DEVELOPMENT", "TEST"})
  void aDevelopersMachineNeedsNone(LaunchMode mode) {
    assertThat(GatewaySecrets.of(List.of(), mode).areRequired()).isFalse();
    assertThat(GatewaySecrets.of(List.of(OLD), mode).areRequired()).isTrue();
  }

  @Test
  void theGatewaySecretIsAcceptedAndNothingElse() {
    GatewaySecrets secrets = GatewaySecrets.of(List.of(OLD), LaunchMode.NORMAL);
    assertThat(secrets.areRequired()).isTrue();
    assertThat(secrets.accept(OLD)).isTrue();
    for (String wrong : List.of("", NEW, OLD + "x", OLD.substring(1), OLD.toUpperCase())) {
      assertThat(secrets.accept(wrong)).as(wrong).isFalse();
    }
  }

  @Test
  void twoGatewaySecretsAreAcceptedWhileOneIsReplaced() {
    GatewaySecrets secrets = GatewaySecrets.of(List.of(OLD, NEW), LaunchMode.NORMAL);
    assertThat(secrets.accept(OLD)).isTrue();
    assertThat(secrets.accept(NEW)).isTrue();
    assertThat(secrets.accept(OLD + "," + NEW)).isFalse();
    GatewaySecrets afterwards = GatewaySecrets.of(List.of(NEW), LaunchMode.NORMAL);
    assertThat(afterwards.accept(OLD)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = LaunchMode.class,
      names = {"DEVELOPMENT", "TEST", "NORMAL"})
  void unfitGatewaySecretsAreRefusedAndNotTold(LaunchMode mode) {
    List<List<String>> unfit =
        List.of(
            List.of("fifteen-letters"),
            List.of(OLD, "short"),
            List.of(OLD, NEW, "a-third-secret-is-too-many"),
            List.of("has a space within it"),
            List.of("hät-einen-umlaut-darin"));
    for (List<String> secrets : unfit) {
      assertThatThrownBy(() -> GatewaySecrets.of(secrets, mode))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("firstcome.gateway.secrets")
          .message()
          .doesNotContain(secrets);
    }
  }

  @Test
  void tokensNeedKeyIssuerAndAudience() {
    assertThatCode(() -> JwtSettings.check(config(JWT))).doesNotThrowAnyException();
    assertThatCode(
            () ->
                JwtSettings.check(
                    config(with(without(JwtSettings.KEY_LOCATION), JwtSettings.KEY, "MIIB"))))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {JwtSettings.KEY_LOCATION, JwtSettings.ISSUER, JwtSettings.AUDIENCES})
  void aMissingSettingOfTokensIsNamed(String setting) {
    for (Map<String, String> settings : List.of(without(setting), with(JWT, setting, " "))) {
      assertThatThrownBy(() -> JwtSettings.check(config(settings)))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(setting);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"RS256", "RS256,PS256", "ES256", "ES256,ES384", "EDDSA", "PS512"})
  void signaturesByAKeyPairAreAllowed(String algorithms) {
    assertThatCode(() -> JwtSettings.check(config(with(JWT, JwtSettings.ALGORITHMS, algorithms))))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"HS256", "RS256,HS256", "none", "NONE", "RS256,ES256", "rs256 or so"})
  void otherAlgorithmsAreRefused(String algorithms) {
    assertThatThrownBy(
            () -> JwtSettings.check(config(with(JWT, JwtSettings.ALGORITHMS, algorithms))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(JwtSettings.ALGORITHMS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"smallrye.jwt.verify.secretkey", "smallrye.jwt.verify.algorithm"})
  void aSecondWayToAllowASharedSecretIsRefused(String setting) {
    assertThatThrownBy(() -> JwtSettings.check(config(with(JWT, setting, "HS256"))))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(setting);
  }

  private static SmallRyeConfig config(Map<String, String> settings) {
    return new SmallRyeConfigBuilder()
        .withSources(new PropertiesConfigSource(settings, "test", 100))
        .build();
  }

  private static Map<String, String> without(String setting) {
    Map<String, String> settings = new HashMap<>(JWT);
    settings.remove(setting);
    return settings;
  }

  private static Map<String, String> with(Map<String, String> base, String key, String value) {
    Map<String, String> settings = new HashMap<>(base);
    settings.put(key, value);
    return settings;
  }
}
