package io.firstcome.loadtest;

import io.firstcome.loadtest.Variant.Site;
import io.firstcome.redis.Keys;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.LongStream;

/** What the parts of a claim cost by themselves: Markdown tables, on the terminal and in files. */
final class Parts {
  private static final String USAGE =
      """
      usage: loadtest/parts script | drain | memory | replicas | recovery

        script     Redis' time for one claim, by the number of claims in a call, and beside it what
                   it would be with claimants in many small HASHes
        drain      rows a second of the drain beside a bare loop of multi-row inserts, and how long
                   after the last of 10,000 claims all are in MySQL
        memory     bytes a claimant in Redis, by the length of user ids; the same beside it
        replicas   one coupon claimed through 1, 2 and 4 replicas
        recovery   how long nobody can claim of a coupon with 1,000,000 claimants that Redis has lost,
                   and of one whose Redis is another server
      """;

  private static final int ROUNDS = 5;
  private static final int SECONDS = 3;
  private static final int CONNECTIONS = 64;
  private static final int DRAIN_STARTS_AFTER_SECONDS = 3;
  private static final int CLAIMANTS = 1_000_000;
  private static final long PLENTY = 1_000_000_000;
  private static final long WAIT_NANOS = 300_000_000_000L;

  private final ServiceTarget service;
  private final Wrk wrk;
  private final StringBuilder table = new StringBuilder();
  private long nextUser = 1_000_000_000L;

  private Parts() throws IOException {
    Files.createDirectories(Processes.TARGET);
    wrk = new Wrk(Processes.TARGET);
    service = new ServiceTarget(Site.HEADER, Options.of(), null);
  }

  public static void main(String[] args) throws IOException, SQLException {
    if (args.length != 1
        || !List.of("script", "drain", "memory", "replicas", "recovery").contains(args[0])) {
      System.err.println(USAGE);
      System.exit(2);
    }
    Parts parts = new Parts();
    try {
      switch (args[0]) {
        case "script" -> parts.script();
        case "drain" -> parts.drain();
        case "memory" -> parts.memory();
        case "recovery" -> parts.recovery();
        default -> parts.replicas();
      }
    } finally {
      parts.service.close();
    }
    Files.writeString(Processes.TARGET.resolve(args[0] + ".md"), parts.table);
    System.out.println("\n" + parts.table);
    System.exit(0);
  }

  /** Four calls are always under way, so that Redis, not the way to it, sets the pace. */
  private void script() {
    row("claims a call", "claims/s", "Redis µs a claim", "in buckets, µs");
    line(4);
    List<Integer> batches = List.of(1, 8, 32, 128);
    List<List<double[]>> measured = new ArrayList<>();
    batches.forEach(batch -> measured.add(new ArrayList<>()));
    for (int round = 0; round <= ROUNDS; round++) {
      for (int i = 0; i < batches.size(); i++) {
        String coupon = "script-" + round + "-" + i;
        double[] values = script(coupon, batches.get(i), false);
        double[] buckets = script(coupon + "-b", batches.get(i), true);
        if (round > 0) {
          measured.get(i).add(new double[] {values[0], values[1], buckets[1]});
        }
      }
    }
    for (int i = 0; i < batches.size(); i++) {
      List<double[]> of = measured.get(i);
      row(
          String.valueOf(batches.get(i)),
          number(median(of, 0), 0),
          number(median(of, 1), 2),
          number(median(of, 2), 2));
    }
  }

  private double[] script(String coupon, int batch, boolean inBuckets) {
    service.create(coupon, PLENTY);
    service.pauseDrain(coupon);
    Function<List<String>, byte[]> script = script(coupon, inBuckets);
    Cpu.awaitQuiet(service.pids());
    long redis = -Cpu.micros(service.redisPid());
    long began = System.nanoTime();
    long claims = 0;
    while (System.nanoTime() - began < SECONDS * 1_000_000_000L) {
      List<byte[]> calls = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        calls.add(script.apply(users(batch, "")));
        claims += batch;
      }
      service.client().sendAll(calls);
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    redis += Cpu.micros(service.redisPid());
    service.clean();
    return new double[] {claims / seconds, redis / (double) claims};
  }

  private Function<List<String>, byte[]> script(String coupon, boolean inBuckets) {
    return inBuckets
        ? new BucketScript(service, coupon)::callFor
        : ClaimScript.of(service, coupon)::callFor;
  }

  private void drain() throws SQLException {
    row(
        "",
        "drain rows/s",
        "bare inserts rows/s",
        "ratio",
        "10,000th claim to MySQL, ms",
        "app µs a row",
        "Redis µs a row",
        "MySQL µs a row",
        "MySQL µs a row, bare");
    line(9);
    List<double[]> rounds = new ArrayList<>();
    for (int round = 0; round <= ROUNDS; round++) {
      String coupon = "drain-" + round;
      service.create(coupon, PLENTY);
      service.pauseDrain(coupon, SECONDS + DRAIN_STARTS_AFTER_SECONDS);
      Load load = load(coupon, service.prepare(Variant.NOOP, 1).uri());
      wrk.run(load, CONNECTIONS, SECONDS);
      long issued = issued(coupon);
      // From its first rows on: until then it waits for the lease of somebody else.
      await(() -> rows(coupon) > 0);
      long before = rows(coupon);
      long[] cpu = cpuOfEach();
      long began = System.nanoTime();
      await(() -> service.client().callLong("XLEN", Keys.ledger(coupon)) == 0);
      double seconds = (System.nanoTime() - began) / 1e9;
      long[] cpuAfter = cpuOfEach();
      double drainedRows = rows(coupon) - before;
      double drained = drainedRows / seconds;
      long bareCpu = -Cpu.micros(service.mySqlPid());
      double bare = bare(issued);
      bareCpu += Cpu.micros(service.mySqlPid());
      double lag = lag("last-" + round, load.uri());
      System.out.printf("%d claims: %.0f and %.0f rows/s, %.0f ms%n", issued, drained, bare, lag);
      if (round > 0) {
        rounds.add(
            new double[] {
              drained,
              bare,
              drained / bare,
              lag,
              (cpuAfter[0] - cpu[0]) / drainedRows,
              (cpuAfter[1] - cpu[1]) / drainedRows,
              (cpuAfter[2] - cpu[2]) / drainedRows,
              (double) bareCpu / issued
            });
      }
      service.clean();
    }
    row(
        "median of " + ROUNDS,
        number(median(rounds, 0), 0),
        number(median(rounds, 1), 0),
        number(median(rounds, 2), 2),
        number(median(rounds, 3), 0),
        number(median(rounds, 4), 2),
        number(median(rounds, 5), 2),
        number(median(rounds, 6), 2),
        number(median(rounds, 7), 2));
  }

  private long[] cpuOfEach() {
    return new long[] {
      cpu(), Cpu.micros(service.redisPid()), Cpu.micros(service.mySqlPid()),
    };
  }

  /** One connection, the rows and keys of the claims, 1,000 rows a statement, 8 a transaction. */
  private double bare(long rows) throws SQLException {
    service.database().execute("DROP TABLE IF EXISTS bare", "CREATE TABLE bare LIKE claim");
    try (Connection connection = service.database().connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      long began = System.nanoTime();
      long sequence = 0;
      for (int statements = 1; sequence < rows; statements++) {
        StringBuilder sql =
            new StringBuilder("INSERT INTO bare (coupon_id, sequence, user_id, issued_at) VALUES ");
        for (int i = 0; i < 1_000; i++) {
          sequence++;
          sql.append(i == 0 ? "(" : ",(")
              .append("'drain-1',")
              .append(sequence)
              .append(",'")
              .append(1_000_000_000L + sequence)
              .append("','2026-11-20 23:49:41.680996')");
        }
        statement.execute(sql.toString());
        if (statements % 8 == 0) {
          connection.commit();
        }
      }
      connection.commit();
      return sequence / ((System.nanoTime() - began) / 1e9);
    } finally {
      service.database().execute("DROP TABLE bare");
    }
  }

  /** Milliseconds from the moment that Redis has given out the last unit until MySQL has it. */
  private double lag(String coupon, URI uri) {
    int quantity = 10_000;
    service.create(coupon, quantity);
    AtomicBoolean soldOut = new AtomicBoolean();
    CompletableFuture<Void> load =
        CompletableFuture.runAsync(
            () -> {
              // More than once only where the machine has other things to do.
              do {
                wrk.run(load(coupon, uri), CONNECTIONS, SECONDS);
              } while (!soldOut.get());
            });
    await(() -> issued(coupon) >= quantity);
    soldOut.set(true);
    long last = System.nanoTime();
    await(() -> rows(coupon) >= quantity);
    double lag = (System.nanoTime() - last) / 1e6;
    load.join();
    return lag;
  }

  private void memory() {
    row("user id", "bytes a claimant", "of it in the ledger until drained", "in buckets, bytes");
    line(4);
    for (int length : List.of(10, 36)) {
      double[] oneHash = memory("memory-" + length, length, false);
      double[] buckets = memory("memory-" + length + "-b", length, true);
      row(
          length + " characters",
          number(oneHash[0], 1),
          number(oneHash[1], 1),
          number(buckets[0], 1));
    }
  }

  /** Bytes a claimant, and of the ledger beside them. */
  private double[] memory(String coupon, int length, boolean inBuckets) {
    int claims = 1_000_000;
    service.create(coupon, PLENTY);
    service.pauseDrain(coupon);
    Function<List<String>, byte[]> script = script(coupon, inBuckets);
    long before = used();
    String prefix = "0".repeat(length - 10);
    for (int i = 0; i < claims; i += 100) {
      service.client().send(script.apply(users(100, prefix)));
    }
    long after = used();
    long ledger = service.client().callLong("MEMORY", "USAGE", Keys.ledger(coupon), "SAMPLES", "0");
    service.clean();
    return new double[] {
      (double) (after - before - ledger) / claims, (double) ledger / claims,
    };
  }

  private long used() {
    String info = service.client().call("INFO", "memory").toString();
    return info.lines()
        .filter(line -> line.startsWith("used_memory:"))
        .mapToLong(line -> Long.parseLong(line.substring("used_memory:".length()).strip()))
        .findFirst()
        .orElseThrow();
  }

  private void replicas() {
    row("replicas", "claims/s", "app µs a claim", "Redis µs a claim", "errors");
    line(5);
    List<URI> uris = new ArrayList<>(List.of(service.prepare(Variant.NOOP, 1).uri()));
    for (int replicas : List.of(1, 2, 4)) {
      while (uris.size() < replicas) {
        uris.add(service.addReplica());
      }
      List<double[]> rounds = new ArrayList<>();
      for (int round = 0; round <= ROUNDS; round++) {
        double[] values = replicas("replicas-" + replicas + "-" + round, uris, round == 0);
        if (round > 0) {
          rounds.add(values);
        }
      }
      row(
          String.valueOf(replicas),
          number(median(rounds, 0), 0),
          number(median(rounds, 1), 2),
          number(median(rounds, 2), 2),
          number(rounds.stream().mapToDouble(values -> values[3]).sum(), 0));
    }
  }

  private void recovery() throws SQLException {
    row("what happened", "seconds until the next claim is issued: median", "least", "most");
    line(4);
    String coupon = "recovery";
    service.create(coupon, PLENTY);
    service.claim(coupon, "first");
    await(() -> rows(coupon) == 1);
    claimants(coupon);
    List<Double> lost = new ArrayList<>();
    List<Double> replaced = new ArrayList<>();
    for (int round = 0; round <= ROUNDS; round++) {
      service.client().call("FLUSHALL");
      double loaded = untilIssued(coupon);
      long held = service.client().callLong("HLEN", Keys.claimants(coupon));
      if (held < CLAIMANTS) {
        throw new IllegalStateException(held + " of " + CLAIMANTS + " claimants are known again");
      }
      service.client().call("HSET", Keys.state(coupon), "server", "another");
      double verified = untilIssued(coupon);
      System.out.printf("loaded %.2f s, verified %.3f s%n", loaded, verified);
      if (round > 0) {
        lost.add(loaded);
        replaced.add(verified);
      }
    }
    recovered("Redis has lost it: loaded from MySQL", lost);
    recovered("its Redis is another server: verified", replaced);
  }

  private void recovered(String what, List<Double> seconds) {
    List<Double> sorted = seconds.stream().sorted().toList();
    row(
        what,
        number(sorted.get(sorted.size() / 2), 2),
        number(sorted.get(0), 2),
        number(sorted.get(sorted.size() - 1), 2));
  }

  /** Claims that MySQL has, and Redis is about to lose. */
  private void claimants(String coupon) throws SQLException {
    try (Connection connection = service.database().connect();
        Statement statement = connection.createStatement()) {
      for (long first = 2; first <= CLAIMANTS; first += 1_000) {
        StringBuilder sql =
            new StringBuilder(
                "INSERT INTO claim (coupon_id, sequence, user_id, issued_at) VALUES ");
        for (long sequence = first; sequence < first + 1_000; sequence++) {
          sql.append(sequence == first ? "('" : ",('")
              .append(coupon)
              .append("',")
              .append(sequence)
              .append(",'")
              .append(1_000_000_000L + sequence)
              .append("','2026-11-20 23:49:41.680996')");
        }
        statement.execute(sql.toString());
      }
    }
  }

  private double untilIssued(String coupon) {
    String user = users(1, "late-").get(0);
    long began = System.nanoTime();
    await(() -> service.claim(coupon, user) == 201);
    return (System.nanoTime() - began) / 1e9;
  }

  private double[] replicas(String coupon, List<URI> uris, boolean warmUp) {
    service.create(coupon, PLENTY);
    service.pauseDrain(coupon);
    Cpu.awaitQuiet(service.pids());
    long app = -cpu();
    long redis = -Cpu.micros(service.redisPid());
    int seconds = warmUp ? 3 * SECONDS : SECONDS;
    List<CompletableFuture<Wrk.Result>> loads = new ArrayList<>();
    for (URI uri : uris) {
      loads.add(
          CompletableFuture.supplyAsync(
              () -> wrk.run(load(coupon, uri), CONNECTIONS / uris.size(), seconds)));
    }
    List<Wrk.Result> results = loads.stream().map(CompletableFuture::join).toList();
    app += cpu();
    redis += Cpu.micros(service.redisPid());
    double claims = results.stream().mapToLong(Wrk.Result::requests).sum();
    long errors =
        results.stream().mapToLong(r -> r.socketErrors() + r.statusErrors()).sum()
            + Math.max(0, (long) claims - issued(coupon));
    double rate = results.stream().mapToDouble(r -> r.requests() * 1e6 / r.micros()).sum();
    service.clean();
    return new double[] {rate, app / claims, redis / claims, errors};
  }

  private long cpu() {
    return service.appPids().stream().mapToLong(Cpu::micros).sum();
  }

  private static Load load(String coupon, URI uri) {
    return ServiceTarget.load(uri, coupon);
  }

  private List<String> users(int number, String prefix) {
    List<String> users =
        LongStream.range(nextUser, nextUser + number).mapToObj(user -> prefix + user).toList();
    nextUser += number;
    return users;
  }

  private long issued(String coupon) {
    return service.client().callLong("HGET", Keys.state(coupon), "issued");
  }

  private long rows(String coupon) {
    return service
        .database()
        .number("SELECT COALESCE(MAX(sequence), 0) FROM claim WHERE coupon_id = '" + coupon + "'");
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + WAIT_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("waited for 5 minutes in vain");
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  private static double median(List<double[]> rounds, int column) {
    return Turn.median(rounds.stream().mapToDouble(values -> values[column]).toArray());
  }

  private static String number(double value, int digits) {
    return String.format(Locale.ROOT, "%,." + digits + "f", value);
  }

  private void row(String... cells) {
    table.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private void line(int columns) {
    table.append("|---".repeat(columns)).append("|\n");
  }
}
