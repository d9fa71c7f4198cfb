package io.firstcome.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What counts as "the user has configured a server", in the profile {@code dev}. */
class SurroundingsTest {
  private static final String KEY = "quarkus.redis.hosts";

  @TempDir Path project;

  @Test
  void nothingIsSetOnABareMachine() {
    assertThat(with(Map.of(), Map.of()).sets(KEY)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "quarkus.redis.hosts, true",
    "%dev.quarkus.redis.hosts, true",
    "'%dev,test.quarkus.redis.hosts', true",
    "%prod.quarkus.redis.hosts, false",
    "quarkus.redis.hosts-provider-name, false"
  })
  void aSystemPropertyCountsInOurProfile(String name, boolean counts) {
    assertThat(with(Map.of(name, "redis://r:6379"), Map.of()).sets(KEY)).isEqualTo(counts);
  }

  @ParameterizedTest
  @CsvSource({
    "QUARKUS_REDIS_HOSTS, true",
    "quarkus_redis_hosts, true",
    "_DEV_QUARKUS_REDIS_HOSTS, true",
    "_PROD_QUARKUS_REDIS_HOSTS, false",
    "REDIS_HOSTS, false"
  })
  void anEnvironmentVariableCountsInOurProfile(String name, boolean counts) {
    assertThat(with(Map.of(), Map.of(name, "redis://r:6379")).sets(KEY)).isEqualTo(counts);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".env",
        "config/application.properties",
        "config/application-dev.properties",
        "src/main/resources/application.properties",
        "src/main/resources/application-dev.properties"
      })
  void aFileCounts(String name) throws IOException {
    write(name, "quarkus.redis.hosts=redis://r:6379");
    assertThat(with(Map.of(), Map.of()).sets(KEY)).isTrue();
  }

  @Test
  void dotEnvCountsInTheFormOfTheEnvironment() throws IOException {
    write(".env", "_DEV_QUARKUS_REDIS_HOSTS=redis://r:6379");
    assertThat(with(Map.of(), Map.of()).sets(KEY)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "src/main/resources/application.properties, %prod.quarkus.redis.hosts=redis://r:6379",
    "src/main/resources/application-prod.properties, quarkus.redis.hosts=redis://r:6379",
    "src/main/resources/application.properties, # quarkus.redis.hosts=redis://r:6379",
    "src/main/resources/application.properties, quarkus.redis.hosts="
  })
  void otherProfilesCommentsAndEmptyValuesDoNotCount(String name, String line) throws IOException {
    write(name, line);
    assertThat(with(Map.of(), Map.of()).sets(KEY)).isFalse();
  }

  @Test
  void oneOfSeveralKeysIsEnough() {
    Surroundings surroundings = with(Map.of("b", "1"), Map.of());
    assertThat(surroundings.sets("a", "b")).isTrue();
    assertThat(surroundings.sets("a", "c")).isFalse();
  }

  private Surroundings with(Map<String, String> system, Map<String, String> environment) {
    Properties properties = new Properties();
    properties.putAll(system);
    return new Surroundings(project, List.of("dev"), properties, environment);
  }

  private void write(String name, String content) throws IOException {
    Path file = project.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content + "\n");
  }
}
