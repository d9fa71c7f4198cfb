package io.firstcome.order.saga;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.firstcome.http.input.OpaqueId;
import io.firstcome.mysql.RealMySql;
import io.firstcome.order.model.Order;
import io.firstcome.order.model.Order.State;
import io.firstcome.order.model.OrderConfig;
import io.firstcome.order.model.OrderLine;
import io.firstcome.order.model.OrderTransactions;
import io.firstcome.order.model.Step;
import io.firstcome.payment.model.Payment;
import io.firstcome.work.PeriodicTask;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/**
 * Random orders over participants that lose requests and replies, refuse, answer after their
 * replica was overtaken, and never answer: three replicas bring each to an end in which it has
 * everything or nothing. The rows are real, the participants are a model of ours: again under the
 * same name changes nothing more.
 */
class SagaModelTest {

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int ORDERS = 60;
  private static final int REPLICAS = 3;

  private final RealMySql mysql = RealMySql.shared();
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final OrderConfig config =
      new SmallRyeConfigBuilder()
          .addDiscoveredConverters()
          .withDefaultValue("firstcome.order.busy", "150ms")
          .withDefaultValue("firstcome.order.ask-again", "10ms")
          .withDefaultValue("firstcome.order.max-ask-again", "100ms")
          .withMapping(OrderConfig.class)
          .build()
          .getConfigMapping(OrderConfig.class);
  private final OrderTransactions transactions =
      new OrderTransactions(mysql.transactions(), config, metrics);
  private final OrderTable table = new OrderTable(config);
  private final OrderMetrics counters = new OrderMetrics(metrics);
  private final Map<String, Book> books = new ConcurrentHashMap<>();

  /** What the participants know of an order. */
  private static final class Book {
    final Map<Step, Integer> done = new EnumMap<>(Step.class);
    final Map<Step, Integer> undone = new EnumMap<>(Step.class);
    final Step refuses;
    String broken;

    Book(Step refuses) {
      this.refuses = refuses;
      done.put(Step.RESERVE, 1);
    }

    /** The effect of a step: once under its name, and never after it was undone. */
    synchronized Outcome perform(Step step) {
      if (step == refuses) {
        return new Outcome.Refused(step, "refused");
      }
      done.putIfAbsent(step, 1);
      return new Outcome.Done("made");
    }

    synchronized Outcome undo(Step step) {
      if (!done.containsKey(step)) {
        broken = step + " was undone before it was done";
      }
      undone.putIfAbsent(step, 1);
      return new Outcome.Done(null);
    }

    synchronized boolean has(Step step) {
      return done.containsKey(step) && !undone.containsKey(step);
    }
  }

  /** Participants on the way to which anything is lost. */
  private final class LossySteps extends Steps {

    private final Random random;

    LossySteps(long seed) {
      super(null, null, null, null, null, null, config, null);
      this.random = new Random(seed);
    }

    @Override
    Uni<Outcome> perform(Order order, Long chargeUntil) {
      return lossy(() -> books.get(order.id()).perform(order.step()));
    }

    @Override
    Uni<Outcome> undo(Order order) {
      return lossy(() -> books.get(order.id()).undo(order.step()));
    }

    private Uni<Outcome> lossy(java.util.function.Supplier<Outcome> effect) {
      int luck;
      synchronized (random) {
        luck = random.nextInt(100);
      }
      Uni<Outcome> unknown = Uni.createFrom().item(new Outcome.Unknown("lost"));
      if (luck < 10) {
        return unknown;
      }
      if (luck < 20) {
        return Uni.createFrom().item(effect).chain(done -> unknown);
      }
      if (luck < 25) {
        // The replica died before it.
        return Uni.createFrom().failure(new IllegalStateException("died"));
      }
      if (luck < 30) {
        // The replica died behind it.
        return Uni.createFrom()
            .item(effect)
            .chain(done -> Uni.createFrom().failure(new IllegalStateException("died")));
      }
      if (luck < 40) {
        // The replica slept, before it or behind it, and others have gone on since.
        Uni<Outcome> slept =
            Uni.createFrom()
                .voidItem()
                .onItem()
                .delayIt()
                .by(Duration.ofMillis(400))
                .map(v -> effect.get());
        return luck < 35
            ? slept
            : Uni.createFrom().item(effect).onItem().delayIt().by(Duration.ofMillis(400));
      }
      return Uni.createFrom().item(effect);
    }
  }

  @RepeatedTest(3)
  void everyOrderHasEverythingOrNothing(RepetitionInfo run) throws Exception {
    long seed = 4_711L * run.getCurrentRepetition();
    Random random = new Random(seed);
    List<Saga> replicas = new ArrayList<>();
    List<PeriodicTask> sweeps = new ArrayList<>();
    AtomicInteger failures = new AtomicInteger();
    for (int i = 0; i < REPLICAS; i++) {
      Saga saga = new Saga(table, new LossySteps(seed + i), transactions, counters, config);
      replicas.add(saga);
      sweeps.add(
          new PeriodicTask(
              "sweep-" + i, Duration.ofMillis(20), saga::sweep, e -> failures.incrementAndGet()));
    }
    List<Order> orders = new ArrayList<>();
    for (int i = 0; i < ORDERS; i++) {
      Order order = order(random);
      Step[] steps = Step.values();
      Step refuses = random.nextInt(3) > 0 ? null : steps[1 + random.nextInt(steps.length - 1)];
      books.put(order.id(), new Book(refuses));
      orders.add(order);
      mysql
          .transactions()
          .run(tx -> table.add(tx, order, UUID.randomUUID().toString(), "0".repeat(64)));
      replicas.get(i % REPLICAS).run(order, null).subscribe().with(end -> {}, died -> {});
      if (random.nextInt(6) == 0) {
        mysql.transactions().run(tx -> table.requestCancel(tx, order.id()));
      }
    }
    sweeps.forEach(PeriodicTask::start);
    try {
      await()
          .atMost(SOON)
          .untilAsserted(
              () -> assertThat(orders).allMatch(order -> now(order).state().isEnd(), "has ended"));
    } finally {
      for (PeriodicTask sweep : sweeps) {
        sweep.end();
      }
    }

    int confirmed = 0;
    for (Order order : orders) {
      Book book = books.get(order.id());
      Order end = now(order);
      boolean all = end.state() == State.CONFIRMED;
      confirmed += all ? 1 : 0;
      assertThat(book.broken).as("%s, seed %d", end, seed).isNull();
      for (Step step : Step.values()) {
        assertThat(book.has(step))
            .as("%s of %s, seed %d", step, end, seed)
            .isEqualTo(all && order.has(step));
      }
      if (book.refuses != null && order.has(book.refuses)) {
        assertThat(all).as("%s, seed %d", end, seed).isFalse();
      }
    }
    assertThat(confirmed).isBetween(1, ORDERS - 1);
  }

  private Order now(Order order) {
    return mysql.transactions().run(tx -> table.find(tx, order.id()));
  }

  private static Order order(Random random) {
    long total = random.nextInt(5) == 0 ? 0 : 100;
    Order order =
        new Order(
            0,
            OpaqueId.next(Order.LETTER),
            "alice",
            "alice-" + UUID.randomUUID(),
            "sale",
            random.nextBoolean() ? "coupon" : null,
            Payment.Provider.WALLET,
            "EUR",
            List.of(new OrderLine("a", 1, total)),
            total,
            0,
            total,
            "h" + "0".repeat(30),
            State.PENDING,
            Step.RESERVE,
            false,
            null,
            null,
            null,
            1,
            0,
            0,
            null,
            null);
    return order.at(State.PENDING, order.after(Step.RESERVE));
  }
}
