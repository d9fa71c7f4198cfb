package io.firstcome.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;

/**
 * A Lua script of the application, {@code lua/<name>.lua}, and the digest Redis knows it by.
 *
 * <p>A line {@code -- include: <file>} is replaced by that file's text, so that scripts can share
 * local functions. A file is included once, where it is named first.
 */
public final class Script {

  /**
   * The most arguments that one {@code unpack} in a script may spread. Lua's C stack holds 8,000
   * slots (LUAI_MAXCSTACK); some are taken by the call itself.
   *
   * @see <a href="https://www.lua.org/manual/5.1/manual.html#pdf-unpack">unpack</a>
   */
  public static final int MAX_UNPACK = 7_900;

  /** The most users that one call of a script may name; two arguments each must be spread. */
  public static final int MAX_USERS = 1_000;

  private static final String INCLUDE = "-- include: ";

  private final String name;
  private final String source;
  private final String sha;

  private Script(String name, String source) {
    this.name = name;
    this.source = source;
    this.sha = sha1(source);
  }

  /**
   * Reads a script of the application.
   *
   * @param name the file's name without {@code .lua}
   * @throws IllegalArgumentException when there is no such script
   */
  public static Script named(String name) {
    return new Script(name, expanded(name + ".lua", new HashSet<>()));
  }

  private static String expanded(String file, Set<String> included) {
    StringBuilder source = new StringBuilder();
    for (String line : read(file).split("\n")) {
      if (!line.startsWith(INCLUDE)) {
        source.append(line).append('\n');
        continue;
      }
      String include = line.substring(INCLUDE.length()).trim();
      if (included.add(include)) {
        source.append(expanded(include, included));
      }
    }
    return source.toString();
  }

  public String name() {
    return name;
  }

  /** The whole text, includes resolved. */
  public String source() {
    return source;
  }

  /** SHA-1 of the source, 40 hexadecimal digits, as {@code EVALSHA} takes it. */
  public String sha() {
    return sha;
  }

  private static String read(String file) {
    try (InputStream in = Script.class.getResourceAsStream("/lua/" + file)) {
      if (in == null) {
        throw new IllegalArgumentException("No script lua/" + file);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha1(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
