package io.firstcome;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every setting of ours is in the documentation, with the default it really has. */
class ConfigurationDocTest {

  static Stream<Arguments> settings() {
    return OurClasses.MAIN.stream()
        .filter(type -> type.isAnnotatedWith(ConfigMapping.class))
        .flatMap(
            type ->
                Stream.of(type.reflect().getMethods())
                    .map(
                        method ->
                            arguments(
                                type.getAnnotationOfType(ConfigMapping.class).prefix(), method)));
  }

  @ParameterizedTest
  @MethodSource("settings")
  void isDocumentedWithItsDefault(String prefix, Method setting) throws IOException {
    String name =
        prefix + "." + setting.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    WithDefault defaults = setting.getAnnotation(WithDefault.class);
    String value = defaults == null ? "unset" : defaults.value();

    assertThat(Files.readAllLines(Path.of("docs/configuration.md")))
        .as("docs/configuration.md has %s with default %s", name, value)
        .anyMatch(
            line ->
                line.startsWith("| `" + name + "` | " + value + " |")
                    || line.startsWith("| `" + name + "` | `" + value + "` |"));
  }
}
