package io.firstcome.loadtest;

import io.firstcome.loadtest.Variant.Site;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The flags of {@code loadtest/compare}. */
final class Options {
  static final String USAGE =
      """
      usage: loadtest/compare [--quick] [--variants NAME,...] [--rounds N] [--seconds N] [--warm-up N]
                              [--connections N] [--event-loops N] [--native EXECUTABLE]
                              [--against CHECKOUT]

        --quick            5 rounds of 2 s, less than 8 minutes on two cores; otherwise 7 rounds of 8 s
        --variants         which rows, by name (all of claims); "stock": those of reservations;
                           "native": those of the executable, and the same on the JVM
        --rounds           measured rounds; in each, every variant has its turn
        --seconds          that a turn lasts
        --warm-up          seconds of the turn before the first, which is not measured
        --connections      of the load generator (64); rows with a number of their own have that
        --event-loops      of the service (1: best on two cores that the generator shares)
        --native           a native executable of the service, instead of target/quarkus-app; beside
                           it where there are rows of the executable (...-native)
        --against          folder of another checkout, packaged (./mvnw package -DskipTests): each row of
                           the service runs its package too, in the same rounds, and shows the ratio of
                           this one to that one
      """;

  List<Variant> variants = Variant.claims();
  int rounds = 7;

  /** Of the rows with a number of connections of their own. */
  int sideRounds = 7;

  int seconds = 8;
  int warmUp = 10;
  int connections = 64;
  int eventLoops = 1;
  Path executable;

  /** The other checkout, packaged; null: nothing is compared with another checkout. */
  Path against;

  /**
   * @throws IllegalArgumentException if a flag is unknown or its value is not what it takes
   */
  static Options of(String... args) {
    Options options = new Options();
    List<String> rest = new ArrayList<>(Arrays.asList(args));
    if (rest.remove("--quick")) {
      options.rounds = 5;
      options.sideRounds = 3;
      options.seconds = 2;
      options.warmUp = 6;
    }
    while (!rest.isEmpty()) {
      String flag = rest.remove(0);
      if (rest.isEmpty()) {
        throw new IllegalArgumentException(flag + " is unknown or lacks its value");
      }
      options.set(flag, rest.remove(0));
    }
    if (options.variants.stream().anyMatch(variant -> variant.site == Site.SPRING)) {
      Processes.checkBaselines();
    }
    if (options.hasBoth() && options.executable == null) {
      throw new IllegalArgumentException("rows of the executable need --native EXECUTABLE");
    }
    if (options.against != null && options.executable != null) {
      throw new IllegalArgumentException("--against compares packages: leave out --native");
    }
    return options;
  }

  /** What the service runs as there; null: the packaged jar. */
  Path executable(Site site) {
    return hasBoth() && site != Site.NATIVE ? null : executable;
  }

  /** Whether there are rows of the executable beside others. */
  boolean hasBoth() {
    return variants.stream().anyMatch(variant -> variant.site == Site.NATIVE);
  }

  /** Seconds; what has been warmed by another row needs less. */
  int warmUp(Variant variant) {
    return variant.isComparable() ? warmUp : Math.min(warmUp, 2);
  }

  private void set(String flag, String value) {
    switch (flag) {
      case "--variants" ->
          variants =
              switch (value) {
                case "stock" -> Variant.stock();
                case "native" -> Variant.executable();
                default -> Arrays.stream(value.split(",")).map(Variant::named).toList();
              };
      case "--rounds" -> sideRounds = rounds = number(flag, value, 1, 100);
      case "--seconds" -> seconds = number(flag, value, 1, 600);
      case "--warm-up" -> warmUp = number(flag, value, 1, 600);
      case "--connections" -> connections = number(flag, value, 1, 10_000);
      case "--event-loops" -> eventLoops = number(flag, value, 1, 256);
      case "--against" -> against = packaged(Path.of(value));
      case "--native" -> executable = Path.of(value).toAbsolutePath();
      default -> throw new IllegalArgumentException(flag + " is unknown");
    }
  }

  private static Path packaged(Path checkout) {
    if (!Files.isRegularFile(checkout.resolve(Processes.PACKAGE))) {
      throw new IllegalArgumentException(
          "--against: no %s in %s; run ./mvnw package -DskipTests there"
              .formatted(Processes.PACKAGE, checkout));
    }
    return checkout.toAbsolutePath();
  }

  private static int number(String flag, String value, int min, int max) {
    int number = Integer.parseInt(value);
    if (number < min || number > max) {
      throw new IllegalArgumentException(flag + " takes " + min + " to " + max);
    }
    return number;
  }
}
