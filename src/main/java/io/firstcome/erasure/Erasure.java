package io.firstcome.erasure;

import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.DeadLetters;
import io.firstcome.ledger.LedgerDirectory;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.List;

/**
 * Erases a user from all coupons, or all sales: what is of an aggregate of Redis. A room knows its
 * rows and its script; that all are looked through, each with a pseudonym of its own, and what is
 * cleared of the user besides is the same for each.
 */
public abstract class Erasure implements Erasable {

  /** Below the 1,000 at which MariaDB turns an IN list into a subquery. */
  private static final int PAGE = 500;

  /** For whatever is waited for, each by itself. */
  protected static final Duration PATIENCE = Duration.ofSeconds(30);

  private final LedgerDirectory directory;
  private final DeadLetters deadLetters;
  private final Scripts redis;

  /**
   * @param type of what it is erased from
   */
  protected Erasure(
      AggregateType type,
      List<LedgerDirectory> directories,
      DeadLetters deadLetters,
      Scripts redis) {
    this.directory =
        directories.stream().filter(one -> one.type().equals(type)).findFirst().orElseThrow();
    this.deadLetters = deadLetters;
    this.redis = redis;
  }

  /** Erases the user that was looked for. */
  @FunctionalInterface
  protected interface Step {

    /**
     * Puts a pseudonym in the place of the user, in Redis and in MySQL, and returns when it stands
     * in both. Again is harmless. It blocks.
     *
     * @return whether the user was there
     * @throws io.firstcome.http.problem.ProblemException where a store could not do it in time:
     *     asking again goes on
     */
    boolean erase(String tag, String pseudonym);
  }

  /** Looks for a user in one page of them, and says how each of the page is rid of the user. */
  protected abstract Step find(List<String> tags, String userId);

  @Override
  public String plural() {
    return directory.type().plural();
  }

  @Override
  public int erase(String userId) {
    int erased = 0;
    String last = "";
    List<String> page;
    do {
      page = directory.page(last, PAGE);
      Step step = find(page, userId);
      for (String tag : page) {
        String pseudonym = Pseudonym.next();
        boolean known = step.erase(tag, pseudonym);
        // Last: what was drained meanwhile may have come to them.
        if (deadLetters.redact(tag, userId, pseudonym) > 0 || known) {
          // It may name the user.
          redis.send(Command.DEL, Keys.audit(tag)).await().atMost(PATIENCE);
          erased++;
        }
        last = tag;
      }
    } while (page.size() == PAGE);
    return erased;
  }
}
