package io.firstcome.ledger.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.DeadLetter;
import io.firstcome.ledger.LedgerApplier;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.ledger.Peer;
import io.firstcome.ledger.drain.OwnDrainer;
import io.firstcome.ledger.outbox.Outbox.Entry;
import io.firstcome.mysql.RealMySql;
import io.firstcome.mysql.RowInsert;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** What the outbox costs the drain; docs/decisions/outbox.md has the figures. */
@EnabledIfSystemProperty(named = "outbox.cost", matches = "true")
class OutboxCostTest {

  private static final Logger LOG = Logger.getLogger(OutboxCostTest.class);
  private static final int ROUNDS = 5;
  private static final int ENTRIES = 3_000;
  private static final int CLAIMS_OF_ENTRY = 16;

  private final RealRedis redis = RealRedis.shared();
  private final RealMySql mysql = RealMySql.shared();
  private final Peer peer = new Peer(redis.scripts(), mysql.pool());

  enum Rows {
    NONE,
    ONE_AN_ENTRY,
    ONE_A_CLAIM
  }

  @Test
  void rowsPerSecondDrained() throws Exception {
    mysql.sql(
        "CREATE TABLE cost (book VARCHAR(80) NOT NULL, n BIGINT NOT NULL,"
            + " word VARCHAR(20) NOT NULL, PRIMARY KEY (book, n), UNIQUE KEY word (book, word))"
            + " ENGINE = InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin");
    double[][] rates = new double[Rows.values().length][ROUNDS];
    for (int round = -1; round < ROUNDS; round++) {
      for (Rows rows : Rows.values()) {
        double rate = drain(rows);
        if (round >= 0) {
          rates[rows.ordinal()][round] = rate;
        }
      }
    }
    for (Rows rows : Rows.values()) {
      Arrays.sort(rates[rows.ordinal()]);
      LOG.infof(
          "%s: %.0f claims/s drained, median of %d (%.0f to %.0f)",
          rows,
          rates[rows.ordinal()][ROUNDS / 2],
          ROUNDS,
          rates[rows.ordinal()][0],
          rates[rows.ordinal()][ROUNDS - 1]);
    }
  }

  private double drain(Rows rows) throws Exception {
    String tag = RealRedis.freshTag();
    String subscriber = "cost-" + UUID.randomUUID().toString().substring(0, 20);
    AtomicLong taken = new AtomicLong();
    OutboxSubscriber counts =
        new OutboxSubscriber() {
          @Override
          public String name() {
            return subscriber;
          }

          @Override
          public void take(List<OutboxRow> some) {
            taken.addAndGet(some.size());
          }
        };
    Outbox outbox =
        new Outbox(
            Peer.settings(OutboxConfig.class),
            peer.config(),
            mysql.transactions(),
            redis.scripts(),
            rows == Rows.NONE ? List.of() : List.of(counts),
            new SimpleMeterRegistry());
    outbox.start((StartupEvent) null);
    for (int i = 0; i < ENTRIES; i++) {
      int first = i * CLAIMS_OF_ENTRY;
      String words =
          String.join(
              " ",
              IntStream.range(first, first + CLAIMS_OF_ENTRY).mapToObj(n -> "user-" + n).toList());
      List<Object> args = new ArrayList<>(List.of(Keys.ledger(tag), "*"));
      args.addAll(List.of("format", 1, "kind", "cost", "epoch", 1, "at", 1, "first", first));
      args.addAll(List.of("words", words));
      redis.send(Command.XADD, args.toArray());
    }
    long began = System.nanoTime();
    try (OwnDrainer drainer = peer.drainer(new Words(rows, outbox, peer.config()))) {
      drainer.wrote(tag);
      soon().until(() -> redis.send(Command.XLEN, Keys.ledger(tag)).toLong() == 0);
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    long expected =
        switch (rows) {
          case NONE -> 0;
          case ONE_AN_ENTRY -> ENTRIES;
          case ONE_A_CLAIM -> ENTRIES * CLAIMS_OF_ENTRY;
        };
    soon().until(() -> taken.get() >= expected);
    outbox.stop(null);
    assertThat(taken).hasValue(expected);
    return ENTRIES * CLAIMS_OF_ENTRY / seconds;
  }

  private static ConditionFactory soon() {
    return await().atMost(Duration.ofMinutes(2)).pollInterval(Duration.ofMillis(2));
  }

  /** Writes words as claims are written, and rows of the outbox beside them. */
  private record Words(Rows rows, Outbox outbox, LedgerConfig config) implements LedgerApplier {

    @Override
    public AggregateType type() {
      return new AggregateType("cost", "");
    }

    @Override
    public Set<String> kinds() {
      return Set.of("cost");
    }

    @Override
    public List<DeadLetter> apply(SqlTransaction tx, String tag, List<LedgerEntry> entries) {
      List<List<Object>> all = new ArrayList<>();
      List<Entry> out = new ArrayList<>();
      for (LedgerEntry entry : entries) {
        long n = entry.number("first");
        List<String> words = entry.words("words");
        for (String word : words) {
          all.add(List.of(tag, n++, word));
        }
        Stream<String> bodies =
            switch (rows) {
              case NONE -> Stream.of();
              case ONE_AN_ENTRY -> Stream.of(String.join(" ", words));
              case ONE_A_CLAIM -> words.stream();
            };
        bodies.forEach(body -> out.add(new Entry("cost", body)));
      }
      RowInsert.into("cost", config.rowsPerInsert(), "book", "n", "word")
          .unique("book", "n")
          .unique("book", "word")
          .insert(tx, all);
      outbox.write(tx, tag, out);
      return List.of();
    }
  }
}
