package io.firstcome.ledger;

import io.firstcome.ledger.drain.Drainer;
import io.firstcome.local.LocalMySql;
import io.firstcome.metrics.CouponLabels;
import io.firstcome.mysql.MySqlConnections;
import io.firstcome.mysql.MySqlProbe;
import io.firstcome.mysql.MySqlServer;
import io.firstcome.mysql.RowInsert;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.core.Vertx;
import io.vertx.mysqlclient.MySQLConnectOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A ledger in a real Redis, a table in a real MariaDB and any number of drainers between them. An
 * entry packs notes: a number and a word each, both unique.
 */
public final class LedgerFixture implements AutoCloseable {

  public static final AggregateType NOTE = new AggregateType("note", "");
  public static final Duration SOON = Duration.ofSeconds(10);

  private static final String CHARACTERS =
      " ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

  public static final int CONNECTIONS = 6;

  private static LocalMySql sharedMySql;

  public final RealRedis redis;
  final LocalMySql mysql;
  public final String tag = RealRedis.freshTag();
  public final String table = "note_" + UUID.randomUUID().toString().substring(0, 8);
  public final MeterRegistry metrics = new SimpleMeterRegistry();
  public final Map<String, String> settings = new LinkedHashMap<>();
  public final List<String> live = new CopyOnWriteArrayList<>();
  public final List<String> all = new CopyOnWriteArrayList<>();

  private final Vertx vertx = Vertx.vertx();
  private final MySqlConnections connections = new MySqlConnections();
  private final Pool pool;
  private final List<Drainer> drainers = new ArrayList<>();

  public LedgerFixture() {
    this(RealRedis.shared(), sharedMySql());
  }

  public LedgerFixture(RealRedis redis, LocalMySql mysql) {
    this(redis, mysql, new PoolOptions().setMaxSize(CONNECTIONS));
  }

  public LedgerFixture(RealRedis redis, LocalMySql mysql, PoolOptions options) {
    this.redis = redis;
    this.mysql = mysql;
    this.pool =
        connections.pool(
            vertx,
            options,
            List.of(
                MySQLConnectOptions.fromUri(mysql.reactiveUrl())
                    .setUser(mysql.username())
                    .setPassword(mysql.password())
                    .setCachePreparedStatements(true)));
    sql("CREATE TABLE " + table + "_book (id VARCHAR(80) PRIMARY KEY)" + CHARACTERS);
    sql("INSERT INTO " + table + "_book VALUES (?)", tag);
    sql(
        ("CREATE TABLE %1$s (book VARCHAR(80) NOT NULL, n BIGINT NOT NULL,"
                + " word VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
                + " small TINYINT NOT NULL, at DATETIME(6) NOT NULL,"
                + " PRIMARY KEY (book, n), UNIQUE KEY word (book, word),"
                + " CONSTRAINT %1$s_book FOREIGN KEY (book) REFERENCES %1$s_book (id))"
                + CHARACTERS)
            .formatted(table));
    settings.put("poll", "10ms");
    settings.put("retry-backoff", "10ms");
    settings.put("max-retry-backoff", "100ms");
  }

  public static synchronized LocalMySql sharedMySql() {
    if (sharedMySql == null) {
      sharedMySql = LocalMySql.start();
    }
    return sharedMySql;
  }

  LedgerConfig config() {
    SmallRyeConfigBuilder builder =
        new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(LedgerConfig.class);
    settings.forEach((name, value) -> builder.withDefaultValue("firstcome.ledger." + name, value));
    return builder.build().getConfigMapping(LedgerConfig.class);
  }

  public SqlTransactions transactions() {
    return new SqlTransactions(pool, connections, config(), metrics);
  }

  /** A drainer with the applier of notes, not started. */
  public Drainer drainer(LedgerApplier... others) {
    List<LedgerApplier> appliers = new ArrayList<>(List.of(others));
    if (appliers.isEmpty()) {
      appliers.add(notes());
    }
    Drainer drainer =
        new Drainer(
            config(),
            redis.scripts(),
            transactions(),
            appliers,
            List.of(new Directory()),
            labels(),
            metrics);
    drainers.add(drainer);
    return drainer;
  }

  public MySqlServer server() {
    return new MySqlServer(transactions(), config());
  }

  public MySqlProbe probe() {
    return new MySqlProbe(io.vertx.mutiny.sqlclient.Pool.newInstance(pool), connections);
  }

  /** Outside a transaction. */
  public void pooled(String statement) {
    pool.query(statement).execute().toCompletionStage().toCompletableFuture().join();
  }

  /** Of the connection that the pool hands out next. */
  public long connectionId() {
    return sql("SELECT CONNECTION_ID()").get(0).getLong(0);
  }

  public Drainer started(LedgerApplier... others) {
    Drainer drainer = drainer(others);
    drainer.start();
    return drainer;
  }

  public Notes notes() {
    return new Notes();
  }

  /** Writes notes in order; subclasses get in its way. */
  public class Notes implements LedgerApplier {

    public final List<List<String>> batches = new CopyOnWriteArrayList<>();

    @Override
    public AggregateType type() {
      return NOTE;
    }

    @Override
    public Set<String> kinds() {
      return Set.of("notes", "more-notes");
    }

    @Override
    public List<DeadLetter> apply(SqlTransaction tx, String ledger, List<LedgerEntry> entries) {
      batches.add(entries.stream().map(LedgerEntry::id).toList());
      List<List<Object>> rows = new ArrayList<>();
      List<LedgerEntry> entryOf = new ArrayList<>();
      for (LedgerEntry entry : entries) {
        long n = entry.number("first");
        for (String word : entry.words("words")) {
          rows.add(
              List.of(
                  entry.fields().getOrDefault("book", ledger),
                  n++,
                  word,
                  Long.parseLong(entry.fields().getOrDefault("small", "1")),
                  time(entry.at())));
          entryOf.add(entry);
        }
      }
      List<DeadLetter> refused = new ArrayList<>();
      List<RowInsert.Outcome> outcomes = insert().insert(tx, rows);
      for (int i = 0; i < rows.size(); i++) {
        RowInsert.Outcome outcome = outcomes.get(i);
        if (outcome.refused()) {
          Map<String, String> one =
              Map.of(
                  "first", rows.get(i).get(1).toString(), "words", rows.get(i).get(2).toString());
          refused.add(
              new DeadLetter(
                  entryOf.get(i).with(one),
                  DeadLetter.Reason.of(outcome.reason()),
                  outcome.detail()));
        }
      }
      return refused;
    }
  }

  public RowInsert insert() {
    return RowInsert.into(table, config().rowsPerInsert(), "book", "n", "word", "small", "at")
        .unique("book", "n")
        .unique("book", "word");
  }

  /** Appends an entry as a script would. */
  public String append(long first, String... words) {
    return appendRaw(
        "format",
        1,
        "kind",
        "notes",
        "epoch",
        1,
        "at",
        1_700_000_000_000_000L + first,
        "first",
        first,
        "words",
        String.join(" ", words));
  }

  public String appendRaw(Object... fields) {
    return appendTo(tag, fields);
  }

  public String appendTo(String ledger, Object... fields) {
    List<Object> args = new ArrayList<>(List.of(Keys.ledger(ledger), "*"));
    args.addAll(List.of(fields));
    return redis.send(Command.XADD, args.toArray()).toString();
  }

  public long undrained() {
    return redis.send(Command.XLEN, Keys.ledger(tag)).toLong();
  }

  /** Dead letters, each as a list of its fields and values. */
  public List<List<String>> deadLetters() {
    List<List<String>> letters = new ArrayList<>();
    for (Response one : redis.send(Command.XRANGE, Keys.deadLetters(tag), "-", "+")) {
      List<String> fields = new ArrayList<>();
      one.get(1).forEach(field -> fields.add(field.toString()));
      letters.add(fields);
    }
    return letters;
  }

  public List<String> deadReasons() {
    return deadLetters().stream().map(letter -> letter.get(1)).toList();
  }

  /** What is in MySQL, as {@code n:word}. */
  public List<String> written() {
    return sql("SELECT n, word FROM " + table + " WHERE book = ? ORDER BY n", tag).stream()
        .map(row -> row.getLong(0) + ":" + row.getString(1))
        .toList();
  }

  public List<Row> sql(String statement, Object... params) {
    return transactions()
        .run(
            tx -> {
              List<Row> rows = new ArrayList<>();
              tx.query(statement, params).forEach(rows::add);
              return rows;
            });
  }

  public double counted(String counter, String... tags) {
    return metrics.get(counter).tags(tags).counter().count();
  }

  public static LocalDateTime time(long micros) {
    return LocalDateTime.ofInstant(
        Instant.ofEpochSecond(micros / 1_000_000, micros % 1_000_000 * 1_000), ZoneOffset.UTC);
  }

  @Override
  public void close() {
    drainers.forEach(Drainer::stop);
    pool.close();
    vertx.close();
  }

  private final class Directory implements LedgerDirectory {

    @Override
    public AggregateType type() {
      return NOTE;
    }

    @Override
    public List<String> live(int limit) {
      return live;
    }

    @Override
    public List<String> page(String after, int limit) {
      return all.stream().filter(t -> t.compareTo(after) > 0).sorted().limit(limit).toList();
    }
  }

  static CouponLabels labels() {
    return new CouponLabels(100);
  }
}
