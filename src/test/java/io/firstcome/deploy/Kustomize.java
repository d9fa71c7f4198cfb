package io.firstcome.deploy;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs {@code kustomize build}, or {@code kubectl kustomize}, where one of them is installed. */
final class Kustomize {
  /** Below that, kubectl has a kustomize that knows no components. */
  private static final int LEAST_KUBECTL_MINOR = 21;

  private Kustomize() {}

  /** How it is called here, if it is. */
  static Optional<List<String>> command() {
    if (isInstalled("kustomize")) {
      return Optional.of(List.of("kustomize", "build"));
    }
    if (isInstalled("kubectl")) {
      String version = run(List.of("kubectl", "version", "--client"));
      boolean recent =
          version
              .replaceAll("(?s).*?v1\\.(\\d+).*", "$1")
              .transform(minor -> Integer.parseInt(minor) >= LEAST_KUBECTL_MINOR);
      return recent ? Optional.of(List.of("kubectl", "kustomize")) : Optional.empty();
    }
    return Optional.empty();
  }

  /** What an overlay comes to. */
  static String build(Path folder) {
    List<String> line = new ArrayList<>(command().orElseThrow());
    line.add(folder.toString());
    return run(line);
  }

  private static boolean isInstalled(String program) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private static String run(List<String> line) {
    try {
      Process process =
          new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
        throw new IllegalStateException(line + " fails");
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
