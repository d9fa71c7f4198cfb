package io.firstcome.ledger;

import io.firstcome.redis.Keys;
import io.firstcome.redis.Lease;
import io.firstcome.redis.Script;
import io.firstcome.redis.Scripts;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Ledgers and their leases in Redis, as one drainer (one token) sees them. */
public final class LedgerStore {

  private static final Script READ = Script.named("ledger-read");
  private static final Script SETTLE = Script.named("ledger-settle");

  /** Where reading begins, in the words of XRANGE. */
  private static final String OLDEST = "-";

  /** Characters; an error of MySQL may quote the value that it refuses. */
  private static final int MAX_DETAIL = 500;

  /**
   * What a drainer reads.
   *
   * @param held whether this replica has the lease; if not, only length and leaseMillis are known
   * @param leaseMillis how long somebody else still has it; negative: for ever, or nobody has
   */
  public record Reading(
      boolean held,
      long nowMicros,
      long length,
      long deadLetters,
      long leaseMillis,
      List<LedgerEntry> entries) {

    /** The same when so many entries before these have left. */
    public Reading after(int settled, int newDeadLetters) {
      return new Reading(
          held, nowMicros, length - settled, deadLetters + newDeadLetters, leaseMillis, entries);
    }
  }

  private final Scripts scripts;
  private final String token;
  private final Duration lease;
  private final String leaseMillis;

  public LedgerStore(Scripts scripts, String token, Duration lease) {
    this.scripts = scripts;
    this.token = token;
    this.lease = lease;
    this.leaseMillis = Long.toString(lease.toMillis());
  }

  /** Takes or renews the lease, and reads the oldest entries. */
  public Reading read(String tag, int maxEntries) {
    return reading(await(read(tag, maxEntries, OLDEST)));
  }

  /**
   * Begins to read the entries after one, and renews the lease; does not take it.
   *
   * @return waits for what was read
   */
  public Supplier<Reading> readOn(String tag, int maxEntries, LedgerEntry after) {
    Uni<Response> reply = read(tag, maxEntries, "(" + after.id()).memoize().indefinitely();
    reply.subscribe().with(ignored -> {}, ignored -> {});
    return () -> reading(await(reply));
  }

  private Uni<Response> read(String tag, int maxEntries, String from) {
    return scripts.run(READ, keys(tag), List.of(token, leaseMillis, "" + maxEntries, from));
  }

  private static Reading reading(Response reply) {
    if (reply.size() == 2) {
      return new Reading(false, 0, reply.get(0).toLong(), 0, reply.get(1).toLong(), List.of());
    }
    return new Reading(
        true,
        reply.get(0).toLong(),
        reply.get(1).toLong(),
        reply.get(2).toLong(),
        0,
        entries(reply.get(3)));
  }

  /**
   * Removes entries, and keeps what was refused of them as dead letters.
   *
   * @return false when the lease is lost: nothing has changed
   */
  public boolean settle(String tag, List<LedgerEntry> entries, List<DeadLetter> deadLetters) {
    List<String> args = new ArrayList<>();
    args.add(token);
    args.add(leaseMillis);
    args.add("" + entries.size());
    entries.forEach(entry -> args.add(entry.id()));
    for (DeadLetter letter : deadLetters) {
      List<String> fields = fields(letter);
      args.add("" + (2 + fields.size()));
      args.add(letter.reason().slug());
      args.add(shortened(letter.detail()));
      args.addAll(fields);
    }
    return await(scripts.run(SETTLE, keys(tag), args)).toInteger() == 1;
  }

  /** Keeps dead letters whose entries are not in the ledger any more; needs no lease. */
  public void keep(String tag, List<DeadLetter> deadLetters) {
    for (DeadLetter letter : deadLetters) {
      List<Object> args = new ArrayList<>();
      args.addAll(List.of(Keys.deadLetters(tag), "*", "reason", letter.reason().slug()));
      args.addAll(List.of("detail", shortened(letter.detail())));
      args.addAll(fields(letter));
      await(scripts.send(Command.XADD, args.toArray()));
    }
  }

  /** Renews the lease; says whether it is still held. */
  public boolean renew(String tag) {
    return await(lease(tag).renew());
  }

  public void release(String tag) {
    await(lease(tag).release());
  }

  private Lease lease(String tag) {
    return new Lease(scripts, Keys.drainLease(tag), token, lease);
  }

  public Uni<Long> length(String tag) {
    return scripts.send(Command.XLEN, Keys.ledger(tag)).map(Response::toLong);
  }

  private <T> T await(Uni<T> reply) {
    // Scripts bounds the call itself; this only guards against an event loop that is gone.
    return reply.await().atMost(scripts.timeout().plusSeconds(5));
  }

  private static List<String> keys(String tag) {
    return List.of(Keys.ledger(tag), Keys.drainLease(tag), Keys.deadLetters(tag));
  }

  private static List<LedgerEntry> entries(Response reply) {
    List<LedgerEntry> entries = new ArrayList<>(reply.size());
    for (Response entry : reply) {
      entries.add(new LedgerEntry(entry.get(0).toString(), fields(entry.get(1), 0)));
    }
    return entries;
  }

  /** Names and values in turn, from some place on. */
  public static Map<String, String> fields(Response reply, int from) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (int i = from; i + 1 < reply.size(); i += 2) {
      fields.put(reply.get(i).toString(), reply.get(i + 1).toString());
    }
    return fields;
  }

  private static List<String> fields(DeadLetter letter) {
    List<String> fields = new ArrayList<>();
    letter
        .entry()
        .fields()
        .forEach(
            (name, value) -> {
              fields.add(name);
              fields.add(value);
            });
    return fields;
  }

  private static String shortened(String detail) {
    String text = String.valueOf(detail);
    return text.length() <= MAX_DETAIL ? text : text.substring(0, MAX_DETAIL) + " …";
  }
}
