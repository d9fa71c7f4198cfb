package io.firstcome.ledger;

import io.firstcome.ledger.DeadLetter.Reason;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Script;
import io.firstcome.redis.Scripts;
import io.firstcome.work.Chunks;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What waits for the operator. */
@ApplicationScoped
public class DeadLetters {

  private static final Script REPLAY = Script.named("ledger-replay");
  private static final Script REDACT = Script.named("ledger-redact");

  private static final Set<String> HEAD =
      Set.of("format", "kind", "epoch", "at", "version", "first", "item", "quantity");

  /** Read at once to look for a user. */
  private static final int PAGE = 500;

  /** One script call moves no more: an entry may pack a thousand decisions. */
  private static final int REPLAYED_AT_ONCE = 100;

  /**
   * A dead letter where it waits.
   *
   * @param id in the stream of dead letters
   */
  public record Waiting(String id, DeadLetter letter) {}

  private final Scripts scripts;

  public DeadLetters(Scripts scripts) {
    this.scripts = scripts;
  }

  /**
   * Dead letters, oldest first.
   *
   * @param after the id before the first, or null
   */
  public Uni<List<Waiting>> list(String tag, String after, int limit) {
    return scripts
        .send(
            Command.XRANGE,
            Keys.deadLetters(tag),
            after == null ? "-" : "(" + after,
            "+",
            "COUNT",
            limit)
        .map(
            reply -> {
              List<Waiting> waiting = new ArrayList<>(reply.size());
              for (Response one : reply) {
                String id = one.get(0).toString();
                // As ledger-settle.lua writes it: reason, its value, detail, its value, the entry.
                Response fields = one.get(1);
                LedgerEntry entry = new LedgerEntry(id, LedgerStore.fields(fields, 4));
                Reason reason = Reason.ofSlug(fields.get(1).toString());
                waiting.add(
                    new Waiting(id, new DeadLetter(entry, reason, fields.get(3).toString())));
              }
              return waiting;
            });
  }

  /**
   * Puts a pseudonym in the place of a user wherever it is a word of a dead letter. It blocks.
   *
   * @return how many dead letters that changed
   */
  public int redact(String tag, String userId, String pseudonym) {
    int redacted = 0;
    String after = null;
    List<Waiting> page;
    do {
      page = list(tag, after, PAGE).await().atMost(scripts.timeout().multipliedBy(2));
      for (Waiting waiting : page) {
        after = waiting.id();
        List<String> args = redacted(waiting, userId, pseudonym);
        if (args != null) {
          scripts
              .run(REDACT, List.of(Keys.deadLetters(tag)), args)
              .await()
              .atMost(scripts.timeout().multipliedBy(2));
          redacted++;
        }
      }
    } while (page.size() == PAGE);
    return redacted;
  }

  /** The arguments that replace it; null where the user is not in it. */
  private static List<String> redacted(Waiting waiting, String userId, String pseudonym) {
    DeadLetter letter = waiting.letter();
    List<String> args = new ArrayList<>(List.of(waiting.id(), "reason", letter.reason().slug()));
    // It quotes rows and errors: nobody can tell what of it is a user.
    boolean changed = letter.detail().contains(userId);
    args.addAll(List.of("detail", changed ? "Erased" : letter.detail()));
    for (Map.Entry<String, String> field : letter.entry().fields().entrySet()) {
      String value =
          Arrays.stream(field.getValue().split(" ", -1))
              .map(word -> word.equals(userId) ? pseudonym : word)
              .collect(Collectors.joining(" "));
      // Reservations stand under their ids, so all fields but these may name users.
      boolean named = !HEAD.contains(field.getKey()) && !value.equals(field.getValue());
      changed |= named;
      args.addAll(List.of(field.getKey(), named ? value : field.getValue()));
    }
    return changed ? args : null;
  }

  /** Moves the oldest of them back to the end of their ledger; says how many. It blocks. */
  public int replayOldest(String tag, int most) {
    Duration patience = scripts.timeout().multipliedBy(1 + most / REPLAYED_AT_ONCE);
    return list(tag, null, most)
        .map(page -> page.stream().map(Waiting::id).toList())
        .chain(ids -> replay(tag, ids))
        .await()
        .atMost(patience);
  }

  /** Moves dead letters back to the end of their ledger; says how many there were. */
  public Uni<Integer> replay(String tag, List<String> ids) {
    List<String> keys = List.of(Keys.ledger(tag), Keys.deadLetters(tag));
    return Multi.createFrom()
        .iterable(Chunks.of(ids, REPLAYED_AT_ONCE))
        .onItem()
        .transformToUniAndConcatenate(some -> scripts.run(REPLAY, keys, some))
        .collect()
        .with(Collectors.summingInt(Response::toInteger));
  }
}
