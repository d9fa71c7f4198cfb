package io.firstcome.chaos;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Copies of the package in which a script is wrong. */
final class BrokenScripts {
  private BrokenScripts() {}

  /**
   * What is changed in a script.
   *
   * @param pattern must be found: a script that was rewritten is not broken by what broke the old
   */
  record Change(String script, String pattern, String replacement) {}

  /** Returns the jar to be run. */
  static Path packaged(Path jar, Path folder, List<Change> changes) throws IOException {
    Path copy = folder.resolve("package");
    copy(jar.toAbsolutePath().getParent(), copy);
    try (Stream<Path> jars = Files.list(copy.resolve("app"))) {
      for (Path application : jars.toList()) {
        try (FileSystem files = FileSystems.newFileSystem(application)) {
          for (Change change : changes) {
            apply(files.getPath("lua", change.script()), change);
          }
        }
      }
    }
    return copy.resolve(jar.getFileName());
  }

  private static void apply(Path script, Change change) throws IOException {
    Matcher found =
        Pattern.compile(change.pattern(), Pattern.DOTALL).matcher(Files.readString(script));
    if (!found.find()) {
      throw new IllegalStateException(change + " finds nothing to break");
    }
    Files.writeString(script, found.replaceFirst(Matcher.quoteReplacement(change.replacement())));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : paths.toList()) {
        Path target = to.resolve(from.relativize(path));
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          Files.copy(path, target, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
  }
}
