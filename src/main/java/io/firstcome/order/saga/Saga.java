package io.firstcome.order.saga;

import io.firstcome.mysql.SqlTransaction;
import io.firstcome.order.model.Order;
import io.firstcome.order.model.Order.State;
import io.firstcome.order.model.OrderConfig;
import io.firstcome.order.model.OrderTransactions;
import io.firstcome.work.SingleFlight;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;

/**
 * Brings orders to their end: confirmed and paid once, or nothing taken and nothing paid.
 *
 * <p>An order goes step by step. What a step does elsewhere is asked for under a name that the
 * order gives it, so it happens once, however often it is asked for. What came of it is written in
 * one transaction that begins the next step. Where that is not known the step is attempted again,
 * with growing waits and without end; where it is refused, the steps before it are undone in
 * reverse, in the same manner. A step is never undone before it is known to be done, so a replica
 * that slept inside one wakes to find its effect there, or refused under the same name.
 *
 * <p>Whose turn it is says a number that rises with each replica that takes the order. A row that
 * is due belongs to nobody: its replica died, or its wait is over. Any replica takes it.
 */
@ApplicationScoped
public class Saga {

  private static final int MAX_AT_ONCE = 8_192;
  private static final int SWEPT_AT_ONCE = 32;
  private static final int MOST_DOUBLINGS = 16;

  private final OrderTable table;
  private final Steps steps;
  private final OrderTransactions mysql;
  private final OrderMetrics metrics;
  private final OrderConfig config;
  private final SingleFlight<String, Order> running = new SingleFlight<>(MAX_AT_ONCE);
  private final SingleFlight<String, Order> looking = new SingleFlight<>(MAX_AT_ONCE);

  Saga(
      OrderTable table,
      Steps steps,
      OrderTransactions mysql,
      OrderMetrics metrics,
      OrderConfig config) {
    this.table = table;
    this.steps = steps;
    this.mysql = mysql;
    this.metrics = metrics;
    this.config = config;
  }

  /**
   * Goes on with an order whose turn is this replica's, whether or not anybody waits for it.
   *
   * @param chargeUntil until when a charge may begin, by {@link System#nanoTime}; null: not known
   * @return the order when it has ended, waits or is another's; fails where MySQL is away
   */
  public Uni<Order> run(Order order, Long chargeUntil) {
    return running.run(order.id(), () -> goOn(order, chargeUntil));
  }

  /**
   * Goes on with an order that is nobody's; else returns it as it is now.
   *
   * <p>Not under the key of {@link #run}: what the sweep has just taken would join a look that
   * found it taken, and wait until it is due again.
   */
  public Uni<Order> resume(String id) {
    return looking.run(
        id,
        () ->
            mysql
                .decide(tx -> table.take(tx, id))
                .chain(
                    taken ->
                        taken == null ? mysql.decide(tx -> table.find(tx, id)) : run(taken, null)));
  }

  private Uni<Order> goOn(Order order, Long chargeUntil) {
    if (order.step() == null || order.blocked() != null) {
      return Uni.createFrom().item(order);
    }
    long began = System.nanoTime();
    boolean forward = order.state() == State.PENDING;
    return (forward ? steps.perform(order, chargeUntil) : steps.undo(order))
        .invoke(outcome -> metrics.attempted(order, outcome, System.nanoTime() - began))
        .chain(outcome -> mysql.decide(tx -> settle(tx, order, outcome)))
        .chain(
            next -> {
              if (next == null) {
                return mysql.decide(tx -> table.find(tx, order.id()));
              }
              return next.attempts() > 0 ? Uni.createFrom().item(next) : goOn(next, chargeUntil);
            });
  }

  /** Writes down what came of a step; null where it is no longer this replica's turn. */
  private Order settle(SqlTransaction tx, Order order, Outcome outcome) {
    boolean forward = order.state() == State.PENDING;
    Order next;
    if (outcome instanceof Outcome.Done done) {
      next = forward ? table.done(tx, order, done.reference()) : table.undone(tx, order);
    } else if (outcome instanceof Outcome.Refused refused) {
      next =
          forward
              ? table.refused(tx, order, refused.step(), refused.reason())
              : table.blocked(tx, order, refused.reason());
    } else {
      next = table.later(tx, order, ((Outcome.Unknown) outcome).reason(), pause(order.attempts()));
    }
    if (next != null && next.state().isEnd()) {
      tx.afterCommit(() -> metrics.ended(next));
    }
    return next;
  }

  private Duration pause(int attempts) {
    Duration wait = config.askAgain().multipliedBy(1L << Math.min(attempts, MOST_DOUBLINGS));
    return wait.compareTo(config.maxAskAgain()) < 0 ? wait : config.maxAskAgain();
  }

  /**
   * Goes on with orders that are due. Blocks.
   *
   * @return how many
   */
  int sweep() {
    List<Order> taken =
        mysql
            .decide(
                tx -> {
                  metrics.open(table.open(tx, config.stuckAfter()));
                  return table.takeSome(tx, config.sweepBatch());
                })
            .await()
            .indefinitely();
    if (!taken.isEmpty()) {
      Uni.join()
          .all(
              taken.stream()
                  .map(order -> Uni.createFrom().deferred(() -> run(order, null)))
                  .toList())
          .usingConcurrencyOf(SWEPT_AT_ONCE)
          .andCollectFailures()
          .await()
          .indefinitely();
    }
    return taken.size();
  }
}
