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

  private static final String REASON = "reason";
  private static final String DETAIL = "detail";

  /** Names and values before the entry. */
  private static final int HEADED_BY = 4;

  private static final String NOT_A_LETTER = "It does not begin with a reason and a detail";

  /** Read at once to look for a user. */
  private static final int PAGE = 500;

  /** One script call moves no more: an entry may pack a thousand decisions. */
  private static final int REPLAYED_AT_ONCE = 100;

  /**
   * A dead letter where it waits, whoever wrote it: this release, another one, or an operator.
   *
   * @param id in the stream of dead letters
   * @param reason the slug of a {@link Reason}, as a rule
   * @param entry what is replayed; everything that it holds if it does not begin with a reason and
   *     a detail, and then it is {@link Reason#MALFORMED}
   */
  public record Waiting(String id, String reason, String detail, Map<String, String> entry) {

    /** As ledger-settle.lua writes it: reason, its value, detail, its value, the entry. */
    static Waiting of(String id, Response fields) {
      boolean settled =
          fields.size() > HEADED_BY
              && fields.get(0).toString().equals(REASON)
              && fields.get(2).toString().equals(DETAIL);
      return settled
          ? new Waiting(
              id,
              fields.get(1).toString(),
              fields.get(3).toString(),
              LedgerStore.fields(fields, HEADED_BY))
          : new Waiting(id, Reason.MALFORMED.slug(), NOT_A_LETTER, LedgerStore.fields(fields, 0));
    }
  }

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
                waiting.add(Waiting.of(one.get(0).toString(), one.get(1)));
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
    List<String> args = new ArrayList<>(List.of(waiting.id(), REASON, waiting.reason()));
    // It quotes rows and errors: nobody can tell what of it is a user.
    boolean changed = waiting.detail().contains(userId);
    args.addAll(List.of(DETAIL, changed ? "Erased" : waiting.detail()));
    for (Map.Entry<String, String> field : waiting.entry().entrySet()) {
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
