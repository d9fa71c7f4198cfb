package io.firstcome.local;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * Where the user may have said which servers to use, read before Quarkus reads it: system
 * properties, the environment, {@code .env}, and the project's application properties.
 *
 * @param project the project's folder
 * @param profiles those that are active, as in {@code dev}; settings of others do not count
 */
record Surroundings(
    Path project,
    List<String> profiles,
    Properties systemProperties,
    Map<String, String> environment) {

  /**
   * This process's.
   *
   * @param defaultProfile active unless {@code quarkus.profile} or {@code QUARKUS_PROFILE} says
   *     otherwise
   */
  static Surroundings ofThisProcess(Path project, String defaultProfile) {
    Properties system = System.getProperties();
    String profiles =
        system.getProperty(
            "quarkus.profile", System.getenv().getOrDefault("QUARKUS_PROFILE", defaultProfile));
    return new Surroundings(project, List.of(profiles.split("\\s*,\\s*")), system, System.getenv());
  }

  /** Whether any of these keys has a value somewhere that counts. */
  boolean sets(String... keys) {
    return Arrays.stream(keys).anyMatch(this::sets);
  }

  private boolean sets(String key) {
    return Stream.of(
                systemProperties,
                properties("config/application"),
                properties("src/main/resources/application"))
            .anyMatch(source -> setsDotted(source, key))
        || Stream.of(toProperties(environment), read(project.resolve(".env")))
            .anyMatch(source -> setsDotted(source, key) || setsInEnvironmentForm(source, key));
  }

  /** As in {@code quarkus.redis.hosts} or {@code %dev,test.quarkus.redis.hosts}. */
  private boolean setsDotted(Properties source, String key) {
    return source.stringPropertyNames().stream()
        .filter(name -> !source.getProperty(name).isBlank())
        .anyMatch(name -> name.equals(key) || isForOurProfile(name, key));
  }

  private boolean isForOurProfile(String name, String key) {
    if (!name.startsWith("%") || !name.endsWith("." + key)) {
      return false;
    }
    String named = name.substring(1, name.length() - key.length() - 1);
    return Arrays.stream(named.split("\\s*,\\s*")).anyMatch(profiles::contains);
  }

  /** As in {@code QUARKUS_REDIS_HOSTS} or {@code _DEV_QUARKUS_REDIS_HOSTS}. */
  private boolean setsInEnvironmentForm(Properties source, String key) {
    return Stream.concat(
            Stream.of(key), profiles.stream().map(profile -> "%" + profile + "." + key))
        .map(name -> name.replaceAll("[^A-Za-z0-9]", "_"))
        .flatMap(name -> Stream.of(name, name.toUpperCase(Locale.ROOT)))
        .anyMatch(name -> !source.getProperty(name, "").isBlank());
  }

  /** The file itself and those of the profiles, as in {@code application-dev.properties}. */
  private Properties properties(String name) {
    Properties all = read(project.resolve(name + ".properties"));
    profiles.forEach(
        profile -> all.putAll(read(project.resolve(name + "-" + profile + ".properties"))));
    return all;
  }

  private static Properties read(Path file) {
    Properties properties = new Properties();
    if (Files.isRegularFile(file)) {
      try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
        properties.load(reader);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot read " + file, e);
      }
    }
    return properties;
  }

  private static Properties toProperties(Map<String, String> values) {
    Properties properties = new Properties();
    properties.putAll(values);
    return properties;
  }
}
