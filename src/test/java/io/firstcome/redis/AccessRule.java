package io.firstcome.redis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the user of a replica may do in Redis, as docs/configuration.md tells operators.
 *
 * @param words of the rule, as {@code ACL SETUSER} takes them after the name
 */
public record AccessRule(List<String> words) {

  private static final String USER = "user firstcome ";

  public static AccessRule documented() {
    try {
      return Files.readAllLines(Path.of("docs/configuration.md")).stream()
          .filter(line -> line.startsWith(USER))
          .map(line -> new AccessRule(List.of(line.substring(USER.length()).split(" "))))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same for keys that begin otherwise. */
  public AccessRule of(String prefix) {
    return new AccessRule(
        words.stream().map(word -> word.replaceFirst("^([~&])fc:", "$1" + prefix + ":")).toList());
  }
}
