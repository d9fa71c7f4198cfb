package io.firstcome.deploy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The settings there are: those that docs/configuration.md describes. */
final class Settings {
  private static final Pattern NAME = Pattern.compile("`([a-z][a-z0-9-]*(?:\\.[a-z0-9-]+)+)`");
  private static final Pattern ROW = Pattern.compile("\\| `([a-z0-9.-]+)` \\| `?([^`|]+?)`? \\|.*");

  private Settings() {}

  /** As environment variables. */
  static Set<String> environmentNames() {
    return NAME.matcher(documentation())
        .results()
        .map(match -> match.group(1).replaceAll("[^a-z0-9]", "_").toUpperCase(Locale.ROOT))
        .collect(Collectors.toSet());
  }

  /** What a setting is where nothing sets it. */
  static String defaultOf(String name) {
    return documentation()
        .lines()
        .map(ROW::matcher)
        .filter(Matcher::matches)
        .filter(row -> row.group(1).equals(name))
        .map(row -> row.group(2))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no default of " + name));
  }

  /** As they are written here: {@code 10s}, {@code 2m}. */
  static Duration duration(String value) {
    return Duration.parse("PT" + value.toUpperCase(Locale.ROOT));
  }

  /** Reads an {@code .env} file. */
  static Map<String, String> envFile(Path file) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String line : lines(file)) {
      if (!line.isBlank() && !line.startsWith("#")) {
        int equals = line.indexOf('=');
        values.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    return values;
  }

  private static String documentation() {
    return String.join("\n", lines(Path.of("docs", "configuration.md")));
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
