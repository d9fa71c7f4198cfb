package io.firstcome.loadtest;

import io.firstcome.sale.Audit;
import io.firstcome.sale.Holding;
import io.firstcome.sale.Replica;
import io.firstcome.sale.Servers;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Runs a Gatling scenario against a service started for it, and audits what came of it: the claims
 * that users were told of, those in Redis and those in MySQL are the same; no duplicate, no gap, no
 * more than there were.
 */
final class RunScenario {
  private static final String USAGE =
      """
      usage: loadtest/run SCENARIO [--users N] [--seconds N] [--quantity N] [--replicas N] [--tamper]

        sale       not open yet, then open: all users at once, sold out, all ask again
        staged     100, 500, 1,000 users at a time, for --seconds in all
        steady     --users new users a second, for --seconds
        repeated   every user five times at once

        --users    of the sale and repeated, or a second (2000; steady 1000; repeated 500)
        --seconds  that staged and steady last (60)
        --quantity of the coupon (a quarter of the users in the sale, else more than enough)
        --replicas of the service (1)
        --tamper   take a claim out of MySQL before the audit, to see it fail

      Exits with 1 where the audit or the scenario fails. The report: loadtest/target/gatling.
      """;

  private static final String SECRET = "gateway-secret-of-the-scenarios";
  private static final String COUPON = "scenario";
  private static final int OPENS_AFTER_SECONDS = 15;
  private static final int DRAIN_TIMEOUT_SECONDS = 300;
  private static final int WARM_UP_SECONDS = 5;
  private static final int WARM_UP_AT_ONCE = 32;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String scenario;
  private final boolean tamper;
  private int users = 2_000;
  private int seconds = 60;
  private long quantity = 1_000_000_000;
  private int replicas = 1;

  private RunScenario(List<String> args) {
    scenario = args.remove(0);
    if (!Set.of("sale", "staged", "steady", "repeated").contains(scenario)) {
      throw new IllegalArgumentException(scenario + " is no scenario");
    }
    tamper = args.remove("--tamper");
    if (scenario.equals("steady")) {
      users = 1_000;
    } else if (scenario.equals("repeated")) {
      users = 500;
    }
    long own = 0;
    while (!args.isEmpty()) {
      String flag = args.remove(0);
      if (args.isEmpty()) {
        throw new IllegalArgumentException(flag + " is unknown or lacks its value");
      }
      int value = Integer.parseInt(args.remove(0));
      if (value < 1) {
        throw new IllegalArgumentException(flag + " takes 1 or more");
      }
      switch (flag) {
        case "--users" -> users = value;
        case "--seconds" -> seconds = value;
        case "--quantity" -> own = value;
        case "--replicas" -> replicas = value;
        default -> throw new IllegalArgumentException(flag + " is unknown");
      }
    }
    if (own > 0) {
      quantity = own;
    } else if (scenario.equals("sale")) {
      quantity = Math.max(1, users / 4);
    }
  }

  public static void main(String[] args) throws Exception {
    RunScenario run;
    try {
      run = new RunScenario(new ArrayList<>(Arrays.asList(args)));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      System.err.println("loadtest/run: " + e.getMessage() + "\n\n" + USAGE);
      System.exit(2);
      return;
    }
    System.exit(run.run() ? 0 : 1);
  }

  private boolean run() throws Exception {
    Path folder = Files.createDirectories(Processes.TARGET.resolve("gatling"));
    Path acknowledged = folder.resolve("acknowledged").toAbsolutePath();
    Files.deleteIfExists(acknowledged);
    List<Replica> site = new ArrayList<>();
    try (Servers servers = Servers.start()) {
      try {
        Map<String, String> settings = new HashMap<>(servers.settings());
        settings.put("firstcome.identity", "header");
        settings.put("firstcome.gateway.secrets", SECRET);
        settings.put("firstcome.ledger.max-undrained", "100000000");
        settings.put("firstcome.recovery.window-units", "100000000");
        for (int i = 1; i <= replicas; i++) {
          site.add(Processes.service("scenario-" + i, Processes.PACKAGE, settings));
        }
        for (Replica replica : site) {
          warmUp(replica.uri());
        }
        create(site.get(0).uri(), COUPON, scenario.equals("sale") ? opensAt() : "");
        boolean passed = gatling(site, folder, acknowledged);
        awaitDrained(servers);
        if (tamper) {
          takeOneOutOfMySql(servers.settings());
        }
        return audit(servers, acknowledged) && passed;
      } finally {
        site.forEach(Replica::close);
      }
    }
  }

  private static String opensAt() {
    return ",\"opensAt\":\"" + Instant.now().plusSeconds(OPENS_AFTER_SECONDS) + "\"";
  }

  /**
   * A JVM that has just started is not what a sale meets: claims of another coupon, some at once.
   */
  private void warmUp(URI replica) throws IOException, InterruptedException {
    String coupon = "warm-up-" + replica.getPort();
    create(replica, coupon, "");
    URI claims = URI.create(replica + "/api/v1/coupons/" + coupon + "/claims");
    long deadline = System.nanoTime() + WARM_UP_SECONDS * 1_000_000_000L;
    for (int user = 0; System.nanoTime() < deadline; ) {
      List<CompletableFuture<HttpResponse<Void>>> asked = new ArrayList<>();
      for (int i = 0; i < WARM_UP_AT_ONCE; i++) {
        asked.add(
            http.sendAsync(
                HttpRequest.newBuilder(claims)
                    .header("X-Gateway-Secret", SECRET)
                    .header("X-User-Id", "warm-up-" + ++user)
                    .POST(BodyPublishers.noBody())
                    .build(),
                BodyHandlers.discarding()));
      }
      asked.forEach(CompletableFuture::join);
    }
  }

  private void create(URI replica, String coupon, String more)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(replica + "/api/v1/coupons"))
            .header("X-Gateway-Secret", SECRET)
            .header("X-User-Id", "operator")
            .header("X-User-Groups", "admin")
            .header("Content-Type", "application/json")
            .POST(
                BodyPublishers.ofString(
                    "{\"id\":\"%s\",\"name\":\"Scenario\",\"quantity\":%d%s}"
                        .formatted(coupon, quantity, more)))
            .build();
    HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
    if (answer.statusCode() != 201) {
      throw new IllegalStateException(answer.statusCode() + " " + answer.body());
    }
  }

  private boolean gatling(List<Replica> site, Path folder, Path acknowledged)
      throws IOException, InterruptedException {
    String classPath =
        new File("loadtest/scenarios/target/classes")
            + File.pathSeparator
            + Files.readString(Path.of("loadtest/scenarios/target/classpath")).strip();
    String urls = site.stream().map(r -> r.uri().toString()).collect(Collectors.joining(","));
    String simulation =
        "io.firstcome.scenarios."
            + scenario.substring(0, 1).toUpperCase(Locale.ROOT)
            + scenario.substring(1)
            + "Simulation";
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx1g",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "-Dfirstcome.urls=" + urls,
            "-Dfirstcome.secret=" + SECRET,
            "-Dfirstcome.coupon=" + COUPON,
            "-Dfirstcome.users=" + users,
            "-Dfirstcome.seconds=" + seconds,
            "-Dfirstcome.acknowledged=" + acknowledged,
            "-cp",
            classPath,
            "io.gatling.app.Gatling",
            "-s",
            simulation,
            "-rf",
            folder.toString());
    Process process = new ProcessBuilder(command).inheritIO().start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    return process.waitFor() == 0;
  }

  /** The audit itself waits for a short backlog only. */
  private static void awaitDrained(Servers servers) {
    long deadline = System.nanoTime() + DRAIN_TIMEOUT_SECONDS * 1_000_000_000L;
    while (servers.ledgerEntries(COUPON) > 0 && System.nanoTime() < deadline) {
      LockSupport.parkNanos(100_000_000);
    }
  }

  private static void takeOneOutOfMySql(Map<String, String> settings) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                settings.get("quarkus.datasource.jdbc.url"),
                settings.get("quarkus.datasource.username"),
                settings.get("quarkus.datasource.password"));
        Statement statement = connection.createStatement()) {
      statement.execute(
          "DELETE FROM claim WHERE coupon_id = '" + COUPON + "' ORDER BY sequence LIMIT 1");
    }
  }

  private boolean audit(Servers servers, Path acknowledged) throws IOException {
    Map<String, Holding> told = new HashMap<>();
    Set<String> issuedTo = new HashSet<>();
    List<String> findings = new ArrayList<>();
    for (String line : Files.readAllLines(acknowledged)) {
      String[] words = line.split(" ");
      Holding holding = new Holding(Long.parseLong(words[2]), Instant.parse(words[3]));
      Holding before = told.putIfAbsent(words[1], holding);
      if (before != null && !before.equals(holding)) {
        findings.add(words[1] + " was told " + before + ", then " + holding);
      }
      if (words[0].equals("201") && !issuedTo.add(words[1])) {
        findings.add(words[1] + " was told twice that a unit was issued");
      }
    }
    long issued = servers.issued(COUPON);
    if (issued > quantity) {
      findings.add("issued " + issued + " of " + quantity);
    }
    if (scenario.equals("sale") && users >= quantity && issued < quantity) {
      findings.add("issued only " + issued + " of " + quantity + " to " + users + " users");
    }
    try {
      Audit.acknowledged(servers, COUPON, told);
    } catch (AssertionError e) {
      findings.add(e.getMessage());
    }
    System.out.printf(
        "audit: %d claims acknowledged, %d issued of %d: %s%n",
        told.size(),
        issued,
        quantity,
        findings.isEmpty()
            ? "acknowledged = Redis = MySQL, no duplicate, no gap, none too many"
            : "FAILED");
    findings.stream().limit(20).forEach(System.out::println);
    return findings.isEmpty();
  }
}
