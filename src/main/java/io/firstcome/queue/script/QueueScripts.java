package io.firstcome.queue.script;

import io.firstcome.durability.AckTarget;
import io.firstcome.ledger.Announcement;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.mysql.MySqlGauges;
import io.firstcome.queue.model.Entry;
import io.firstcome.queue.model.QueueConfig;
import io.firstcome.queue.model.QueueState;
import io.firstcome.recovery.LoadScripts;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Script;
import io.firstcome.redis.Scripts;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Response;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * The scripts of an event's queues, with Java's types. Every method fails with {@link
 * NotLoadedException} where the script answers LOADING or RECOVERING, and with a {@link
 * io.firstcome.redis.RedisException} where Redis did not do it.
 */
@ApplicationScoped
public class QueueScripts {

  /** Lets users join. */
  public static final Script JOIN = Script.named("queue-join");

  /** The keys of an event that every script takes. */
  public static final int KEYS = 6;

  private static final Script CALL = Script.named("queue-call");
  private static final Script MOVE = Script.named("queue-move");
  private static final Script READ = Script.named("queue-read");
  private static final Script DEFINE = Script.named("queue-define");
  private static final Script ERASE = Script.named("queue-erase");
  private static final Script APPEND = Script.named("queue-append");
  private static final Script PRUNE = Script.named("queue-prune");
  private static final Script STAGE = Script.named("queue-stage");
  private static final Script PUBLISH = Script.named("queue-publish");

  private final Scripts scripts;
  private final LoadScripts load;
  private final String maxUndrained;
  private final String maxWaiting;
  private final String maxUsers;
  private final BooleanSupplier mysqlAway;

  @Inject
  QueueScripts(Scripts scripts, LedgerConfig ledger, QueueConfig queue, MySqlGauges mysql) {
    this(scripts, ledger.maxUndrained(), queue.maxWaiting(), queue.maxUsers(), mysql::isAway);
  }

  /**
   * With bounds of its own.
   *
   * @param mysqlAway whether MySQL is known to be away
   */
  public QueueScripts(
      Scripts scripts, int maxUndrained, int maxWaiting, int maxUsers, BooleanSupplier mysqlAway) {
    this.scripts = scripts;
    this.load = new LoadScripts(scripts, STAGE, PUBLISH);
    this.maxUndrained = String.valueOf(maxUndrained);
    this.maxWaiting = String.valueOf(maxWaiting);
    this.maxUsers = String.valueOf(maxUsers);
    this.mysqlAway = mysqlAway;
  }

  /**
   * What a script decided.
   *
   * @param target when it may be told
   * @param moved whether any entry moved, be it another one: the ledger has more
   * @param outcome as the script says it
   */
  public record Decision(AckTarget target, boolean moved, String outcome, List<Entry> entries) {

    public Entry entry() {
      return entries.get(0);
    }
  }

  /** See {@code queue-join.lua}. */
  public Uni<Decision> join(String eventId, String queueId, String userId) {
    List<String> args = joinHead();
    args.add(queueId);
    args.add(userId);
    return run(JOIN, eventId, args).map(reply -> joined(userId, reply, 0));
  }

  /** The arguments of {@link #JOIN} before the pairs of queue and user; may be added to. */
  public List<String> joinHead() {
    return new ArrayList<>(List.of(maxUndrained, away(), maxWaiting, maxUsers));
  }

  /** What {@link #JOIN} decided for one of the pairs, counted from 0. */
  public static Decision joined(String userId, Response reply, int pair) {
    Response told = reply.get(3 + pair);
    List<Entry> entries = new ArrayList<>();
    for (int i = 1; i < told.size(); i++) {
      entries.add(Entry.of(userId, told.get(i).toString()));
    }
    return new Decision(
        AckTarget.of(reply.get(1).toString()),
        reply.get(2).toInteger() > 0,
        told.get(0).toString(),
        entries);
  }

  /** See {@code queue-move.lua}. */
  public Uni<Decision> move(
      String eventId, String queueId, String userId, String move, Long number) {
    return run(
            MOVE,
            eventId,
            List.of(
                queueId,
                userId,
                move,
                number == null ? "" : number.toString(),
                maxUndrained,
                away()))
        .map(reply -> ofUser(userId, reply));
  }

  private static Decision ofUser(String userId, Response reply) {
    List<Entry> entries = new ArrayList<>();
    for (int i = 4; i < reply.size(); i++) {
      entries.add(Entry.of(userId, reply.get(i).toString()));
    }
    return decision(reply, entries);
  }

  /** See {@code queue-call.lua}. */
  public Uni<Decision> call(String eventId, String queueId, int count) {
    return run(CALL, eventId, List.of(queueId, String.valueOf(count), maxUndrained, away()))
        .map(
            reply -> {
              List<Entry> entries = new ArrayList<>();
              for (int i = 4; i < reply.size(); i += 2) {
                entries.add(Entry.of(reply.get(i).toString(), reply.get(i + 1).toString()));
              }
              return decision(reply, entries);
            });
  }

  private static Decision decision(Response reply, List<Entry> entries) {
    return new Decision(
        AckTarget.of(reply.get(1).toString()),
        reply.get(2).toInteger() > 0,
        reply.get(3).toString(),
        entries);
  }

  /**
   * What was read of an event.
   *
   * @param entry null where none was asked for, or there is none
   */
  public record Reading(
      AckTarget target, boolean moved, long epoch, Entry entry, Map<String, QueueState> queues) {}

  /** All queues of an event; makes no-shows and calls, see {@code queue-read.lua}. */
  public Uni<Reading> read(String eventId) {
    return read(eventId, "", "", false);
  }

  /** One queue, no queue where the event has none of this id. */
  public Uni<Reading> read(String eventId, String queueId) {
    return read(eventId, queueId, "", false);
  }

  /**
   * One queue, and the entry of a user in it.
   *
   * @param isTheirs whether it is the user who asks: whoever was let into a room has come then
   */
  public Uni<Reading> read(String eventId, String queueId, String userId, boolean isTheirs) {
    return run(READ, eventId, List.of(queueId, userId, isTheirs ? "1" : "0"))
        .map(
            reply -> {
              Map<String, QueueState> queues = new LinkedHashMap<>();
              for (int i = 5; i < reply.size(); i += 2) {
                queues.put(reply.get(i).toString(), QueueState.of(reply.get(i + 1).toString()));
              }
              String entry = reply.get(4).toString();
              return new Reading(
                  AckTarget.of(reply.get(1).toString()),
                  reply.get(2).toInteger() > 0,
                  reply.get(3).toLong(),
                  entry.isEmpty() ? null : Entry.of(userId, entry),
                  queues);
            });
  }

  /**
   * What became of a definition.
   *
   * @param queue as it is now, or null
   */
  public record Defined(boolean moved, String outcome, long epoch, QueueState queue) {}

  /** Adds a queue that is not there, see {@code queue-define.lua}. */
  public Uni<Defined> add(String eventId, String queueId, long epoch, QueueState queue) {
    return defined(eventId, List.of(queueId, String.valueOf(epoch), queue.text()));
  }

  /** Changes a queue, see {@code queue-define.lua}. */
  public Uni<Defined> change(String eventId, String queueId, Map<String, String> changes) {
    List<String> args = new ArrayList<>(List.of(queueId, "", maxUndrained));
    changes.forEach((name, value) -> args.addAll(List.of(name, value)));
    return defined(eventId, args);
  }

  private Uni<Defined> defined(String eventId, List<String> args) {
    return run(DEFINE, eventId, args)
        .map(
            reply ->
                new Defined(
                    reply.get(2).toInteger() > 0,
                    reply.get(3).toString(),
                    reply.get(4).toLong(),
                    reply.size() > 5 && reply.get(5) != null
                        ? QueueState.of(reply.get(5).toString())
                        : null));
  }

  /** Puts a pseudonym in the place of a user; says in how many queues the user was. */
  public Uni<Integer> erase(String eventId, String userId, String pseudonym) {
    return run(ERASE, eventId, List.of(userId, pseudonym)).map(reply -> reply.get(1).toInteger());
  }

  /** Appends the entries of users to the ledger again; says how many, none where it is full. */
  public Uni<Integer> append(String eventId, long epoch, List<String> users) {
    List<String> args = new ArrayList<>(List.of(String.valueOf(epoch), maxUndrained));
    args.addAll(users);
    return run(APPEND, eventId, args)
        .map(reply -> "LEDGER-FULL".equals(reply.toString()) ? 0 : reply.toInteger());
  }

  /** Removes entries that ended longer ago from some blocks of users; says how many. */
  public Uni<Integer> prune(String eventId, Duration keep, int blocks) {
    return run(
            PRUNE, eventId, List.of(String.valueOf(keep.toNanos() / 1_000), String.valueOf(blocks)))
        .map(Response::toInteger);
  }

  /**
   * Stages a part of an event and renews the lease.
   *
   * @param part {@code queues} or {@code entries}
   * @return false when the lease is lost
   */
  public Uni<Boolean> stage(
      String eventId, String token, Duration ttl, String part, List<String> members) {
    String tag = Keys.event(eventId);
    return load.stage(Keys.loadLease(tag), Keys.stagedEvent(tag, token), token, ttl, part, members);
  }

  /** Publishes what a loader has staged; answers what {@code queue-publish.lua} says. */
  public Uni<String> publish(String eventId, String token, List<String> state) {
    String tag = Keys.event(eventId);
    List<String> keys = new ArrayList<>(Keys.ofEvent(tag));
    keys.add(Keys.loadLease(tag));
    keys.addAll(Keys.stagedEvent(tag, token));
    return load.publish(keys, token, state);
  }

  /** Tells all replicas that MySQL has more of an event now. */
  public void announce(String eventId, Announcement news) {
    news.publish(scripts, Keys.event(eventId));
  }

  /** Takes away a state that is older than this epoch; says whether there was one. */
  public Uni<Boolean> fence(String eventId, long epoch) {
    return load.remove(Keys.eventState(Keys.event(eventId)), epoch);
  }

  private String away() {
    return mysqlAway.getAsBoolean() ? "1" : "0";
  }

  private Uni<Response> run(Script script, String eventId, List<String> args) {
    return scripts
        .run(script, Keys.ofEvent(Keys.event(eventId)), args)
        .invoke(reply -> NotLoadedException.check("event " + eventId, reply));
  }
}
