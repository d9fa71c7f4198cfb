package io.firstcome.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClass;
import io.firstcome.OurClasses;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A misspelt setting ends the start; a process that does: {@code StartUpIT}. */
class UnknownSettingsTest {

  @Test
  void thoseThatTheCodeReadsAreKnownAndNoOthers() {
    List<String> read = new ArrayList<>();
    for (JavaClass type : OurClasses.MAIN) {
      if (type.isAnnotatedWith(ConfigMapping.class)) {
        String prefix = type.getAnnotationOfType(ConfigMapping.class).prefix();
        Stream.of(type.reflect().getMethods())
            .map(method -> method.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT))
            .forEach(name -> read.add(prefix + "." + name));
      } else if (!type.isInterface()) {
        Stream.of(type.reflect().getDeclaredConstructors())
            .flatMap(constructor -> Stream.of(constructor.getParameters()))
            .filter(parameter -> parameter.isAnnotationPresent(ConfigProperty.class))
            .map(UnknownSettingsTest::name)
            .filter(name -> name.startsWith("firstcome."))
            .forEach(read::add);
      }
    }

    assertThat(UnknownSettings.KNOWN).containsExactlyInAnyOrderElementsOf(read);
  }

  @ParameterizedTest
  @CsvSource({
    "FIRSTCOME_GATE_MAXAGE, FIRSTCOME_GATE_MAX_AGE",
    "FIRSTCOME_GATWAY_SECRETS, FIRSTCOME_GATEWAY_SECRETS",
    "FIRSTCOME_LEDGER_MAX_UNDRAINED_0, FIRSTCOME_LEDGER_MAX_UNDRAINED"
  })
  void aVariableOfTheEnvironmentThatIsNoneIsRefusedAndTheNearestNamed(
      String wrong, String nearest) {
    assertThatThrownBy(() -> UnknownSettings.refuseUnknown(List.of(), List.of("PATH", wrong)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("Unknown setting " + wrong + " (nearest: " + nearest + ")");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"firstcome.gate.max-ag", "firstcome.gatee.max-age", "%prod.firstcome.gate.maxage"})
  void aPropertyThatIsNoneIsRefused(String wrong) {
    assertThatThrownBy(() -> UnknownSettings.refuseUnknown(List.of("a.b", wrong), List.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("Unknown setting " + wrong + " (nearest: firstcome.gate.max-age)");
  }

  @Test
  void whatIsASettingOrNotOursIsNotRefused() {
    assertThatCode(
            () ->
                UnknownSettings.refuseUnknown(
                    List.of(
                        "firstcome.identity",
                        "%dev,test.firstcome.identity",
                        "firstcome.gateway.secrets[1]",
                        "firstcomers.gate",
                        "%prod.quarkus.http.port"),
                    List.of(
                        "FIRSTCOME_IDENTITY",
                        "FIRSTCOME_GATEWAY_SECRETS_0_",
                        "FIRSTCOME_IDENTITY_KNOWN_TOKENS",
                        "PATH")))
        .doesNotThrowAnyException();
  }

  @Test
  void whatTheEnvironmentMayMeanIsNotTakenForAProperty() {
    assertThat(
            UnknownSettings.properties(
                List.of(
                    new EnvConfigSource(Map.of("FIRSTCOME_REFERENCE_ROUTE", "true"), 300),
                    new PropertiesConfigSource(Map.of("firstcome.identity", "jwt"), "file", 100))))
        .containsExactly("firstcome.identity");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "FIRSTCOME_SERVICE_HOST",
        "FIRSTCOME_SERVICE_PORT",
        "FIRSTCOME_SERVICE_PORT_HTTP",
        "FIRSTCOME_PORT",
        "FIRSTCOME_PORT_8080_TCP",
        "FIRSTCOME_PORT_8080_TCP_ADDR",
        "FIRSTCOME_REDIS_SERVICE_HOST",
        "FIRSTCOME_REDIS_PORT_6379_TCP_PROTO"
      })
  void whatKubernetesTellsOfAServiceOfThatNameIsNotRefused(String variable) {
    assertThatCode(() -> UnknownSettings.refuseUnknown(List.of(), List.of(variable)))
        .doesNotThrowAnyException();
  }

  private static String name(Parameter parameter) {
    return parameter.getAnnotation(ConfigProperty.class).name();
  }
}
