package io.firstcome.loadtest;

import io.firstcome.loadtest.Target.Books;
import io.firstcome.loadtest.Variant.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The comparison: every variant has its turn in every round, forwards and backwards in turn, so
 * that what changes on the machine meanwhile falls on all. Medians of the rounds; ratios are taken
 * round by round.
 */
final class Compare {
  private final Options options;
  private final Wrk wrk;
  private final Map<Site, Target> targets = new EnumMap<>(Site.class);
  private final Map<Variant, List<Turn>> turns = new EnumMap<>(Variant.class);

  /** The same of the other checkout; empty where there is none. */
  private final Map<Site, Target> othersTargets = new EnumMap<>(Site.class);

  private final Map<Variant, List<Turn>> othersTurns = new EnumMap<>(Variant.class);

  private Compare(Options options) throws IOException {
    this.options = options;
    Files.createDirectories(Processes.TARGET);
    this.wrk = new Wrk(Processes.TARGET);
  }

  public static void main(String[] args) throws IOException {
    if (List.of(args).contains("--help")) {
      System.out.println(Options.USAGE);
      return;
    }
    Options options;
    try {
      options = Options.of(args);
    } catch (IllegalArgumentException e) {
      System.err.println("loadtest/compare: " + e.getMessage() + "\n\n" + Options.USAGE);
      System.exit(2);
      return;
    }
    Compare comparison = new Compare(options);
    boolean failed = comparison.run();
    System.exit(failed ? 1 : 0);
  }

  /** Says whether there was an error in any row. */
  private boolean run() throws IOException {
    try {
      start();
      for (int round = 0; round <= options.rounds; round++) {
        List<Row> order = rows();
        if (round % 2 == 1) {
          Collections.reverse(order);
        }
        for (Row row : order) {
          Variant variant = row.variant;
          if (!variant.isComparable() && round > options.sideRounds) {
            continue;
          }
          Turn turn = turn(row, round == 0 ? options.warmUp(variant) : options.seconds);
          say(round, row, turn);
          if (round > 0) {
            (row.isOther ? othersTurns : turns)
                .computeIfAbsent(variant, v -> new ArrayList<>())
                .add(turn);
          }
        }
      }
    } finally {
      targets.values().forEach(Target::close);
      othersTargets.values().forEach(Target::close);
    }
    Report report = new Report(options, turns, othersTurns);
    report.write(Processes.TARGET);
    System.out.println(report.table());
    return Stream.of(turns, othersTurns)
        .flatMap(of -> of.entrySet().stream())
        .filter(of -> !of.getKey().mayBeContended())
        .flatMap(of -> of.getValue().stream())
        .anyMatch(turn -> turn.errors() > 0);
  }

  /**
   * What has a turn in a round.
   *
   * @param isOther of the other checkout
   */
  private record Row(Variant variant, boolean isOther) {
    String label() {
      return isOther ? variant.label + " (against)" : variant.label;
    }
  }

  private List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (Variant variant : options.variants) {
      rows.add(new Row(variant, false));
      if (options.against != null && variant.isOfTheService()) {
        rows.add(new Row(variant, true));
      }
    }
    return rows;
  }

  private void start() {
    Tokens tokens = null;
    for (Variant variant : options.variants) {
      Site site = variant.site;
      if (targets.containsKey(site)) {
        continue;
      }
      boolean jwt = site == Site.JWT_COLD || site == Site.JWT_CACHED;
      if (jwt && tokens == null) {
        tokens = new Tokens(Processes.TARGET.resolve("tokens"));
      }
      targets.put(
          site,
          site == Site.SPRING
              ? new BaselineTarget()
              : new ServiceTarget(site, options, jwt ? tokens : null));
      if (options.against != null && variant.isOfTheService()) {
        othersTargets.put(site, ServiceTarget.ofOther(site, options, jwt ? tokens : null));
      }
    }
  }

  private Turn turn(Row row, int seconds) {
    Variant variant = row.variant;
    Target target = (row.isOther ? othersTargets : targets).get(variant.site);
    Load load = target.prepare(variant, seconds);
    if (!Cpu.awaitQuiet(pids())) {
      System.out.println("the servers do not come to rest: this turn is not quite clean");
    }
    target.open(variant, load);
    int connections = variant.connections(options.connections);
    long app = Cpu.micros(target.appPid());
    long redis = Cpu.micros(target.redisPid());
    long mysql = Cpu.micros(target.mySqlPid());
    Wrk.Result result = wrk.run(load, connections, seconds);
    app = Cpu.micros(target.appPid()) - app;
    redis = Cpu.micros(target.redisPid()) - redis;
    mysql = Cpu.micros(target.mySqlPid()) - mysql;
    Books books = target.close(variant, load);
    target.clean();
    // Of those who are sent away because of others nobody has anything.
    long refused = variant.mayBeContended() ? result.statusErrors() : 0;
    double n = Math.max(1, result.requests() - refused);
    return new Turn(
        n * 1e6 / result.micros(),
        app / n,
        redis / n,
        mysql / n,
        result.p50Millis(),
        result.p99Millis(),
        errors(variant, result, books),
        books.backlog());
  }

  private List<Long> pids() {
    return Stream.of(targets, othersTargets)
        .flatMap(of -> of.values().stream())
        .flatMap(target -> target.pids().stream())
        .toList();
  }

  /**
   * Requests that were not answered as they should be. wrk tells statuses below 400 from others;
   * where 409 is right, and beyond that, the server's own books tell; and no more may have been
   * acknowledged than was issued.
   */
  private static long errors(Variant variant, Wrk.Result result, Books books) {
    boolean refusalsExpected = variant.expectedStatus >= 400;
    long wrong =
        refusalsExpected ? result.requests() - result.statusErrors() : result.statusErrors();
    long neverIssued =
        books.issued() < 0
            ? 0
            : Math.max(0, result.requests() - result.statusErrors() - books.issued());
    return result.socketErrors() + Math.max(wrong, books.unexpected()) + neverIssued;
  }

  private void say(int round, Row row, Turn turn) {
    System.out.printf(
        "%-7s %-24s %9.0f/s  app %7.2f  Redis %6.2f  MySQL %6.2f us  p50 %7.3f  p99 %7.3f ms  %d errors%s%n",
        round == 0 ? "warm-up" : "round " + round,
        row.label(),
        turn.rps(),
        turn.appMicros(),
        turn.redisMicros(),
        turn.mySqlMicros(),
        turn.p50Millis(),
        turn.p99Millis(),
        turn.errors(),
        turn.backlog() > 0 ? "  backlog " + turn.backlog() : "");
  }
}
