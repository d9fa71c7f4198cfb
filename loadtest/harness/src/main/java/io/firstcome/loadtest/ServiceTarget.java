package io.firstcome.loadtest;

import io.firstcome.loadtest.Variant.Site;
import io.firstcome.local.LocalRedis;
import io.firstcome.redis.Keys;
import io.firstcome.sale.Replica;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLIntegrityConstraintViolationException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** The service as it is packaged, in production mode. */
final class ServiceTarget implements Target {
  private static final String SECRET = "gateway-secret-of-the-comparison";
  private static final long PLENTY = 1_000_000_000;
  private static final int FEW = 100;
  private static final String SALES = "/api/v1/sales";

  /** The most units of an item that has a row for each. */
  private static final int MOST_ROWS = 100_000;

  /** More claims a second than a core can answer, for the number of coupons that tokens need. */
  private static final int MAX_RATE = 120_000;

  private static final int MAX_DRAIN_PAUSE_SECONDS = 3_600;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final LocalRedis redis = LocalRedis.start();

  /** Of that Redis, or null. */
  private final LocalRedis replicaOfRedis;

  private final Database database = new Database();
  private final Resp client = new Resp(redis.port());
  private final Tokens tokens;
  private final Map<String, String> settings = new HashMap<>();
  private final Path program;
  private final Replica app;
  private final List<Replica> more = new ArrayList<>();
  private int coupons;
  private Map<String, Long> opening;

  /**
   * @param tokens null: headers say who asks
   */
  ServiceTarget(Site site, Options options, Tokens tokens) {
    this(
        site,
        options,
        tokens,
        options.executable(site) == null ? Processes.PACKAGE : options.executable(site),
        name(site),
        setting -> true);
  }

  /** The service of {@link Options#against}, with those of our settings that it has too. */
  static ServiceTarget ofOther(Site site, Options options, Tokens tokens) {
    String settings;
    try {
      settings = Files.readString(options.against.resolve("docs/configuration.md"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new ServiceTarget(
        site,
        options,
        tokens,
        options.against.resolve(Processes.PACKAGE),
        "against-" + name(site),
        setting -> !setting.startsWith("firstcome.") || settings.contains(setting));
  }

  private ServiceTarget(
      Site site,
      Options options,
      Tokens tokens,
      Path program,
      String name,
      Predicate<String> hasSetting) {
    this.tokens = tokens;
    this.program = program;
    this.replicaOfRedis =
        site == Site.REPLICATED
            ? LocalRedis.start("--replicaof", "127.0.0.1", String.valueOf(redis.port()))
            : null;
    settings.put("quarkus.redis.hosts", redis.uri());
    settings.put("quarkus.datasource.reactive.url", database.server().reactiveUrl());
    settings.put("quarkus.datasource.jdbc.url", database.server().jdbcUrl());
    settings.put("quarkus.datasource.username", database.server().username());
    settings.put("quarkus.datasource.password", database.server().password());
    settings.put("quarkus.vertx.event-loops-pool-size", String.valueOf(options.eventLoops));
    settings.put("firstcome.reference-route", "true");
    // The backlog of a paused drain is as long as the turn.
    settings.put("firstcome.ledger.max-undrained", "100000000");
    settings.put("firstcome.recovery.window-units", "100000000");
    if (site == Site.UNBATCHED) {
      settings.put("firstcome.batch.max-claims", "1");
      // Each a call of its own, and all of them on their way at once.
      settings.put("firstcome.batch.max-in-flight", "1024");
    }
    if (site == Site.JWT_COLD) {
      settings.put("firstcome.identity.known-tokens", "0");
    }
    if (tokens == null) {
      settings.put("firstcome.identity", "header");
      settings.put("firstcome.gateway.secrets", SECRET);
    } else {
      settings.putAll(tokens.settings());
    }
    settings.keySet().removeIf(hasSetting.negate());
    app = Processes.service(name, program, settings);
  }

  private static String name(Site site) {
    return site.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  @Override
  public Load prepare(Variant variant, int seconds) {
    String run = "bench-" + ++coupons;
    return switch (variant.kind()) {
      case NOOP -> byHeader("/reference/coupons/" + run + "/claims", null);
      case NOOP_HOT -> byHeader("/reference/hot/coupons/" + run + "/claims", null);
      case SOLD_OUT -> {
        create(run, FEW);
        sellOut(run);
        yield byHeader(path(run), run);
      }
      case JWT_COLD, JWT_CACHED -> {
        int number = seconds * MAX_RATE / Tokens.USERS + 1;
        IntStream.rangeClosed(1, number).parallel().forEach(i -> create(run + "-" + i, PLENTY));
        IntStream.rangeClosed(1, number).forEach(i -> pauseDrain(run + "-" + i));
        yield new Load(app.uri(), path(run + "-%d"), SECRET, tokens.file(), null, 0);
      }
      case HOT_ITEM,
          HOT_ITEM_DRAIN,
          CONDITIONAL_ITEM,
          PESSIMISTIC_ITEM,
          OPTIMISTIC_ITEM,
          UNIT_ROWS_ITEM,
          HOT_ITEMS,
          CONDITIONAL_ITEMS,
          PESSIMISTIC_ITEMS,
          OPTIMISTIC_ITEMS,
          UNIT_ROWS_ITEMS -> {
        createSale(run, variant);
        if (variant != Variant.HOT_ITEM_DRAIN) {
          pauseDrain(Keys.sale(run));
        }
        String path = SALES + "/" + run + "/reservations";
        yield new Load(app.uri(), path, SECRET, null, run, variant.items);
      }
      default -> {
        create(run, PLENTY, level(variant));
        if (variant.kind() != Variant.CLAIMS_DRAIN && variant != Variant.CLAIMS_DATABASE) {
          pauseDrain(run);
        }
        yield byHeader(path(run), run);
      }
    };
  }

  /** One more replica of the same service. */
  URI addReplica() {
    Replica replica = Processes.service("replica-" + (more.size() + 2), program, settings);
    more.add(replica);
    return replica.uri();
  }

  /** A claim as any client asks for it; its status. */
  int claim(String couponId, String user) {
    return send(claimOf(couponId, user)).statusCode();
  }

  LocalRedis redis() {
    return redis;
  }

  Resp client() {
    return client;
  }

  Database database() {
    return database;
  }

  List<Long> appPids() {
    List<Long> pids = new ArrayList<>(List.of(app.pid()));
    more.forEach(replica -> pids.add(replica.pid()));
    return pids;
  }

  /** Claims of this coupon at this replica. */
  static Load load(URI replica, String couponId) {
    return Load.byHeader(replica, path(couponId), SECRET, couponId);
  }

  private Load byHeader(String path, String couponId) {
    return Load.byHeader(app.uri(), path, SECRET, couponId);
  }

  private static String path(String couponId) {
    return "/api/v1/coupons/" + couponId + "/claims";
  }

  /** When a claim is acknowledged. */
  private static String level(Variant variant) {
    return switch (variant) {
      case CLAIMS_REPLICA -> "REPLICA";
      case CLAIMS_DATABASE -> "DATABASE";
      default -> "REDIS";
    };
  }

  void create(String id, long quantity) {
    create(id, quantity, "REDIS");
  }

  private void create(String id, long quantity, String level) {
    order(
        "/api/v1/coupons",
        "{\"id\":\"%s\",\"name\":\"Bench\",\"quantity\":%d,\"acknowledge\":\"%s\"}"
            .formatted(id, quantity, level));
  }

  private void createSale(String id, Variant variant) {
    order(SALES, "{\"id\":\"%s\",\"name\":\"Bench\"}".formatted(id));
    boolean rows = variant.strategy().equals("UNIT_ROWS");
    for (int item = 1; item <= variant.items; item++) {
      order(
          SALES + "/" + id + "/items",
          "{\"id\":\"item-%03d\",\"name\":\"Bench\",\"quantity\":%d,\"strategy\":\"%s\"}"
              .formatted(item, rows ? MOST_ROWS / variant.items : PLENTY, variant.strategy()));
    }
  }

  /** What the operator orders. */
  private void order(String path, String body) {
    HttpRequest.Builder request =
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body));
    if (tokens == null) {
      request.header("X-User-Id", "operator").header("X-User-Groups", "admin");
    } else {
      request.header("Authorization", "Bearer " + tokens.ofOperator());
    }
    HttpResponse<String> answer = send(request.build());
    if (answer.statusCode() != 201) {
      throw new IllegalStateException(answer.statusCode() + " " + answer.body());
    }
  }

  private void sellOut(String id) {
    for (int user = 1; ; user++) {
      HttpResponse<String> answer = send(claimOf(id, "first-" + user));
      if (answer.statusCode() == 409 && answer.body().contains("sold-out")) {
        return;
      }
      if (answer.statusCode() != 201 || user > FEW) {
        throw new IllegalStateException(answer.statusCode() + " " + answer.body());
      }
    }
  }

  private HttpRequest claimOf(String couponId, String user) {
    return request(path(couponId)).header("X-User-Id", user).POST(BodyPublishers.noBody()).build();
  }

  void pauseDrain(String id) {
    pauseDrain(id, MAX_DRAIN_PAUSE_SECONDS);
  }

  /** Somebody else has the lease of the ledger for so long, and does nothing. */
  void pauseDrain(String id, int seconds) {
    client.call("SET", Keys.drainLease(id), "paused", "EX", String.valueOf(seconds));
  }

  @Override
  public void open(Variant variant, Load load) {
    opening = claimsByOutcome();
  }

  @Override
  public Books close(Variant variant, Load load) {
    if (variant.kind() == Variant.NOOP || variant.kind() == Variant.NOOP_HOT) {
      return new Books(0, -1, -1);
    }
    if (variant.items > 0) {
      return new Books(0, held(load.couponId()), -1);
    }
    String expected = variant.expectedStatus == 201 ? "issued" : "sold-out";
    long unexpected = 0;
    for (Map.Entry<String, Long> now : claimsByOutcome().entrySet()) {
      if (!now.getKey().equals(expected)) {
        unexpected += now.getValue() - opening.getOrDefault(now.getKey(), 0L);
      }
    }
    if (variant.expectedStatus != 201 || load.couponId() == null) {
      return new Books(unexpected, -1, -1);
    }
    long issued = client.callLong("HGET", Keys.state(load.couponId()), "issued");
    long rows =
        database.number("SELECT COUNT(*) FROM claim WHERE coupon_id = '" + load.couponId() + "'");
    return new Books(unexpected, issued, issued - rows);
  }

  /** Units of a sale that are held. */
  private long held(String saleId) {
    String items = send(request(SALES + "/" + saleId + "/items?limit=100").GET().build()).body();
    return Pattern.compile("\"held\":(\\d+)")
        .matcher(items)
        .results()
        .mapToLong(held -> Long.parseLong(held.group(1)))
        .sum();
  }

  /** What the service has counted, whatever the coupon. */
  private Map<String, Long> claimsByOutcome() {
    Map<String, Long> claims = new HashMap<>();
    send(HttpRequest.newBuilder(URI.create(app.management() + "/q/metrics")).build())
        .body()
        .lines()
        .filter(line -> line.startsWith("firstcome_claims_total{"))
        .forEach(
            line -> {
              String outcome = line.replaceFirst(".*outcome=\"([^\"]*)\".*", "$1");
              double value = Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
              claims.merge(outcome, Math.round(value), Long::sum);
            });
    return claims;
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(app.uri() + path));
    return tokens == null ? request.header("X-Gateway-Secret", SECRET) : request;
  }

  private HttpResponse<String> send(HttpRequest request) {
    try {
      return http.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(request.uri() + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void clean() {
    client.call("FLUSHALL", "SYNC");
    database.execute("TRUNCATE TABLE claim", "DELETE FROM audience_member", "DELETE FROM coupon");
    for (int left = 100; ; left--) {
      try {
        cleanStock();
        return;
      } catch (IllegalStateException e) {
        // A drain that is not quite over writes reservations of a sale that is being deleted.
        boolean mayPass = e.getCause() instanceof SQLIntegrityConstraintViolationException;
        if (!mayPass || left == 0) {
          throw e;
        }
      }
    }
  }

  private void cleanStock() {
    database.execute(
        "TRUNCATE TABLE stock_unit",
        "TRUNCATE TABLE stock_request",
        "TRUNCATE TABLE reservation",
        "TRUNCATE TABLE item_taker",
        "DELETE FROM item",
        "DELETE FROM sale");
  }

  @Override
  public long appPid() {
    return app.pid();
  }

  @Override
  public long redisPid() {
    return redis.pid();
  }

  @Override
  public long mySqlPid() {
    return database.server().pid();
  }

  @Override
  public void close() {
    more.forEach(Replica::close);
    app.close();
    client.close();
    database.close();
    if (replicaOfRedis != null) {
      replicaOfRedis.close();
    }
    redis.close();
  }
}
