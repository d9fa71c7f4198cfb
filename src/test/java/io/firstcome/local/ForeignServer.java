package io.firstcome.local;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * A server that tests run instead of the bundled one: {@code FIRSTCOME_TEST_REDIS} or {@code
 * FIRSTCOME_TEST_MYSQL} (or the system property {@code firstcome.test.redis}, {@code
 * firstcome.test.mysql}) is the root folder of packages of another distribution, or the name of a
 * {@link Known} one, which is unpacked once per user.
 *
 * @param root with {@code usr/bin}, {@code usr/sbin} and, where this system's C library is not to
 *     be used, {@code lib64}
 */
record ForeignServer(Path root) {
  private static final String UNPACK = "FOREIGN_SERVERS";
  private static final String UNPACK_DEFAULT = "../shared/foreign-servers/unpack.sh";
  private static final int UNPACK_TIMEOUT_SECONDS = 180;

  /** Those of the standing suite: one of each kind that users run. */
  enum Known {
    MYSQL_8_0("bookworm", "libaio1", "libnuma1", "libstdc++6") {
      @Override
      void complete(Path root) throws IOException, InterruptedException {
        Path archive = root.resolve("mysql.tar.gz");
        try (InputStream in =
            ForeignServer.class.getResourceAsStream("/mysql-Linux-amd64.tar.gz")) {
          if (in == null) {
            throw new IOException("MySQL 8.0 is on the class path in the profile `strangers` only");
          }
          Files.copy(in, archive);
        }
        // Into the folders of the packages, where the server looks for its libraries and we for it.
        String usr = root.resolve("usr").toString();
        run(List.of("tar", "-xzf", archive.toString(), "-C", usr, "--no-same-owner"));
        Files.createSymbolicLink(root.resolve("usr/share/mysql"), Path.of("."));
        Files.delete(archive);
      }
    },
    MYSQL_9("sid", "mysql-server-core"),
    MARIADB_10_11("bookworm", "mariadb-server-core"),
    VALKEY_9("sid", "valkey-server"),
    REDIS_8("trixie", "redis-server");

    private final String suite;
    private final List<String> packages;

    Known(String suite, String... packages) {
      this.suite = suite;
      this.packages = List.of(packages);
    }

    /** As in {@code mysql-8.0}. */
    String id() {
      return name().toLowerCase(Locale.ROOT).replaceFirst("_", "-").replace('_', '.');
    }

    Path unpacked() {
      return new UserCache()
          .entry(
              id() + "-" + suite,
              folder -> {
                List<String> command = new ArrayList<>();
                command.addAll(List.of("bash", script().toString(), suite, folder.toString()));
                command.addAll(packages);
                run(command);
                complete(folder);
              });
    }

    void complete(Path root) throws IOException, InterruptedException {
      // The packages are all it needs.
    }
  }

  /**
   * What {@code FIRSTCOME_TEST_…} names.
   *
   * @param kind {@code redis} or {@code mysql}
   */
  static Optional<ForeignServer> named(String kind) {
    String key = "firstcome.test." + kind;
    String value =
        System.getProperty(
            key, System.getenv().getOrDefault(key.replace('.', '_').toUpperCase(Locale.ROOT), ""));
    if (value.isBlank()) {
      return Optional.empty();
    }
    Path root =
        Arrays.stream(Known.values())
            .filter(known -> known.id().equals(value))
            .findFirst()
            .map(Known::unpacked)
            .orElseGet(() -> Path.of(value).toAbsolutePath());
    return Optional.of(new ForeignServer(root));
  }

  /** Whether tests are to run on one: neither bundled servers nor Docker's are then meant. */
  static boolean areNamed() {
    return named("redis").isPresent() || named("mysql").isPresent();
  }

  /** The script that unpacks packages of a Debian suite: {@code SUITE ROOT PACKAGE...}. */
  static Path script() {
    return Path.of(System.getenv().getOrDefault(UNPACK, UNPACK_DEFAULT)).toAbsolutePath();
  }

  Path share(String name) {
    return root.resolve("usr/share").resolve(name);
  }

  /**
   * The words that run a program of it, by its own loader if it has one.
   *
   * @param names of which it has one
   */
  List<String> program(String... names) {
    Path program =
        Arrays.stream(names)
            .flatMap(
                name -> Arrays.stream(new String[] {"usr/bin/", "usr/sbin/"}).map(in -> in + name))
            .map(root::resolve)
            .filter(Files::isExecutable)
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalStateException("no " + String.join(" or ", names) + " in " + root));
    Path loader = root.resolve("lib64/ld-linux-x86-64.so.2");
    if (!Files.exists(loader)) {
      return List.of(program.toString());
    }
    Path libraries = root.resolve("usr/lib/x86_64-linux-gnu");
    return List.of(
        loader.toString(),
        "--library-path",
        // Packages of libraries that are preloaded keep what they link in a folder of its own.
        libraries + ":" + libraries.resolve("libproxychains"),
        "--argv0",
        program.getFileName().toString(),
        program.toString());
  }

  /** What the program prints of itself. */
  static String run(List<String> command) throws IOException, InterruptedException {
    Path log = Files.createTempFile("firstcome-", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (!process.waitFor(UNPACK_TIMEOUT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException(
            command.stream().limit(3).collect(Collectors.joining(" "))
                + ": "
                + Files.readString(log));
      }
      return Files.readString(log);
    } finally {
      Files.delete(log);
    }
  }
}
