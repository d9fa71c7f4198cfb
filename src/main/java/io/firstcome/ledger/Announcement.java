package io.firstcome.ledger;

import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.vertx.redis.client.Command;

/**
 * What a drainer tells when it has committed: numbers that MySQL has now, or only that there is
 * something new. A message can be lost: who waits looks by itself, less often.
 *
 * @param epoch in which they were given
 * @param first the first number; 0 where MySQL must be looked at
 * @param last the last number
 */
public record Announcement(long epoch, long first, long last) {

  /** Something was written, and which of it is for MySQL to say. */
  public static Announcement look(long epoch) {
    return new Announcement(epoch, 0, 0);
  }

  /** Waits for nothing. */
  public void publish(Scripts redis, String tag) {
    redis
        .send(Command.PUBLISH, Keys.drained(tag), epoch + " " + first + " " + last)
        .subscribe()
        .with(heard -> {}, lost -> {});
  }

  public static Announcement parse(String message) {
    String[] words = message.split(" ");
    return new Announcement(
        Long.parseLong(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2]));
  }

  public boolean isToBeLookedAt() {
    return first == 0;
  }
}
