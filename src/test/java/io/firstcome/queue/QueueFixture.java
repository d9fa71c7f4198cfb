package io.firstcome.queue;

import io.firstcome.queue.model.Entry;
import io.firstcome.queue.model.EntryState;
import io.firstcome.queue.model.QueueMode;
import io.firstcome.queue.model.QueueState;
import io.firstcome.queue.model.QueueStatus;
import io.firstcome.queue.model.UserBlock;
import io.firstcome.queue.script.QueueScripts;
import io.firstcome.queue.script.QueueScripts.Decision;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An event in a real Redis, published as a loader would, and its scripts. */
public final class QueueFixture {

  public static final String TOKEN = "token";

  /** Of all rooms. */
  public static final String SEED = "5eed".repeat(16);

  public final RealRedis redis;
  public final String id = RealRedis.freshTag();
  public final String tag = Keys.event(id);
  public final QueueScripts scripts;

  public QueueFixture(RealRedis redis) {
    this(redis, 100_000, 1_000_000, 1_000_000);
  }

  public QueueFixture(RealRedis redis, int maxUndrained, int maxWaiting, int maxUsers) {
    this.redis = redis;
    this.scripts =
        new QueueScripts(redis.scripts(), maxUndrained, maxWaiting, maxUsers, () -> false);
  }

  /** A queue of two active entries a user, in which nobody has been. */
  public static QueueState queue(int no, long capacity, boolean autoCall) {
    return new QueueState(
        no,
        1,
        QueueStatus.OPEN,
        QueueMode.CALLED,
        capacity,
        2,
        Duration.ofHours(1),
        autoCall,
        0,
        1,
        0,
        0,
        0,
        0,
        0,
        0,
        "-",
        0,
        Duration.ZERO);
  }

  /** A room that lets in so many a second from this time on, in microseconds, at once inside. */
  public static QueueState room(int no, long capacity, long rate, long opens) {
    return room(no, capacity, rate, opens, Duration.ZERO);
  }

  /** The same, whose users have this time to come. */
  public static QueueState room(int no, long capacity, long rate, long opens, Duration grace) {
    return new QueueState(
        no,
        1,
        QueueStatus.OPEN,
        QueueMode.ROOM,
        capacity,
        2,
        Duration.ofHours(1),
        false,
        0,
        1,
        0,
        0,
        0,
        rate,
        opens,
        -1,
        SEED,
        0,
        grace);
  }

  /** Publishes an event of these queues. */
  public QueueFixture publish(Map<String, QueueState> queues) {
    return publish(queues, List.of());
  }

  /**
   * The same, with who is in them.
   *
   * @param entries pairs of user and {@code no number state since due}
   */
  public QueueFixture publish(Map<String, QueueState> queues, List<String> entries) {
    List<String> members = new ArrayList<>();
    queues.forEach((id, queue) -> members.addAll(List.of(id, queue.text())));
    stage("queues", members);
    if (!entries.isEmpty()) {
      stage("entries", entries);
    }
    Set<Long> blocks = new HashSet<>();
    Set<String> users = new HashSet<>();
    Set<String> lines = new HashSet<>();
    long called = 0;
    for (int i = 0; i < entries.size(); i += 2) {
      String[] words = entries.get(i + 1).split(" ");
      users.add(entries.get(i));
      blocks.add(UserBlock.of(entries.get(i)));
      if (words[2].equals("W")) {
        lines.add(words[0] + ":" + (Long.parseLong(words[1]) - 1) / 64);
      }
      called += words[4].equals("0") ? 0 : 1;
    }
    List<String> state = new ArrayList<>(List.of("1", String.valueOf(queues.size())));
    for (long size : new long[] {blocks.size(), lines.size(), called, users.size()}) {
      state.add(String.valueOf(size));
    }
    state.add("redis");
    String answer = await(scripts.publish(id, TOKEN, state));
    if (!answer.equals("PUBLISHED")) {
      throw new IllegalStateException(answer);
    }
    return this;
  }

  public void stage(String part, List<String> members) {
    redis.send(Command.SET, Keys.loadLease(tag), TOKEN);
    if (!await(scripts.stage(id, TOKEN, Duration.ofMinutes(1), part, members))) {
      throw new IllegalStateException("The lease is lost");
    }
  }

  public Decision join(String queue, String user) {
    return await(scripts.join(id, queue, user));
  }

  /**
   * Joins by one call, as a lane does.
   *
   * @param pairs {@code queue user}
   * @return the outcome, and the entry where there is one
   */
  public List<String> joinAll(List<String> pairs) {
    List<String> args = scripts.joinHead();
    pairs.forEach(pair -> args.addAll(List.of(pair.split(" "))));
    Response reply = await(redis.scripts().run(QueueScripts.JOIN, Keys.ofEvent(tag), args));
    List<String> outcomes = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      Decision done = QueueScripts.joined(pairs.get(i).split(" ")[1], reply, i);
      outcomes.add(
          done.outcome()
              + (done.entries().isEmpty()
                  ? ""
                  : " " + done.entry().id() + " " + done.entry().state()));
    }
    return outcomes;
  }

  /** The users that were called, in order. */
  public List<String> call(String queue, int count) {
    return await(scripts.call(id, queue, count)).entries().stream().map(Entry::userId).toList();
  }

  /** The outcome, and the state where there is an entry. */
  public String move(String queue, String user, String move) {
    Decision done = await(scripts.move(id, queue, user, move, null));
    return done.outcome() + (done.entries().isEmpty() ? "" : " " + done.entry().state());
  }

  public EntryState state(String queue, String user) {
    Entry entry = await(scripts.read(id, queue, user, false)).entry();
    return entry == null ? null : entry.state();
  }

  /** The state as its user reads it, who has come to a room by that. */
  public EntryState stateByUser(String queue, String user) {
    return await(scripts.read(id, queue, user, true)).entry().state();
  }

  public QueueState queue(String queue) {
    return await(scripts.read(id, queue)).queues().get(queue);
  }

  /** Removes what ended longer ago, from so many blocks; says how many entries. */
  public int prune(Duration keep, int blocks) {
    return await(scripts.prune(id, keep, blocks));
  }

  /** As the drainer does once MySQL has it. */
  public void deleteLedger() {
    redis.send(Command.DEL, Keys.ledger(tag));
  }

  /** Redis loses all of it. */
  public void lose() {
    Keys.ofEvent(tag).forEach(key -> redis.send(Command.DEL, key));
  }

  /** The time of a call is over. */
  public void makeDue(String queue, String user) {
    redis.send(Command.ZADD, Keys.ofEvent(tag).get(4), "XX", "1", queue(queue).no() + " " + user);
  }

  /** A room opens at this time, in microseconds. */
  public void open(String queue, long opens) {
    String key = Keys.ofEvent(tag).get(1);
    QueueState now = QueueState.of(redis.send(Command.HGET, key, queue).toString());
    String[] words = now.text().split(" ");
    words[14] = String.valueOf(opens);
    redis.send(Command.HSET, key, queue, String.join(" ", words));
  }

  /** The ids of entries in the order in which they came inside, by the ledger. */
  public List<String> entered() {
    List<String> entered = new ArrayList<>();
    for (Map<String, String> entry : ledger("queue-moves")) {
      entry.forEach(
          (name, value) -> {
            if (name.contains(":") && value.split(" ")[0].contains("I")) {
              entered.add(name);
            }
          });
    }
    return entered;
  }

  /** The entries of a kind in the ledger. */
  public List<Map<String, String>> ledger(String kind) {
    List<Map<String, String>> entries = new ArrayList<>();
    for (Response entry : redis.send(Command.XRANGE, Keys.ledger(tag), "-", "+")) {
      Map<String, String> fields = new LinkedHashMap<>();
      Response flat = entry.get(1);
      for (int i = 0; i < flat.size(); i += 2) {
        fields.put(flat.get(i).toString(), flat.get(i + 1).toString());
      }
      if (kind.equals(fields.get("kind"))) {
        entries.add(fields);
      }
    }
    return entries;
  }

  /** The moves in the ledger, {@code queue:number} to the states in their order. */
  public Map<String, String> moves() {
    Map<String, String> moves = new LinkedHashMap<>();
    for (Map<String, String> entry : ledger("queue-moves")) {
      entry.forEach(
          (name, value) -> {
            if (name.contains(":")) {
              moves.merge(name, value.split(" ")[0], String::concat);
            }
          });
    }
    return moves;
  }

  public static <T> T await(Uni<T> uni) {
    return uni.await().atMost(Duration.ofSeconds(10));
  }
}
