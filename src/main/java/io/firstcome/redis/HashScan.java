package io.firstcome.redis;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Reads a HASH page by page, so that Redis serves others in between. A field that is there from the
 * beginning to the end is read at least once; one that comes or goes may be missed or read twice.
 */
public final class HashScan {

  private final Scripts redis;
  private final String key;
  private final List<Object> options;
  private String cursor = "0";

  /**
   * @param count fields of a page, about
   */
  public HashScan(Scripts redis, String key, int count) {
    this(redis, key, List.of("COUNT", count));
  }

  private HashScan(Scripts redis, String key, List<Object> options) {
    this.redis = redis;
    this.key = key;
    this.options = options;
  }

  /** Reads only fields that begin with this. */
  public static HashScan ofPrefix(Scripts redis, String key, int count, String prefix) {
    return new HashScan(redis, key, List.of("MATCH", escaped(prefix) + "*", "COUNT", count));
  }

  /**
   * Reads the next page.
   *
   * @param each receives every field and its value
   * @return whether there is another page
   */
  public Uni<Boolean> next(BiConsumer<String, String> each) {
    return Uni.createFrom()
        .deferred(
            () -> {
              List<Object> args = new ArrayList<>(List.of(key, cursor));
              args.addAll(options);
              return redis.send(Command.HSCAN, args.toArray());
            })
        .map(
            page -> {
              cursor = page.get(0).toString();
              Response pairs = page.get(1);
              for (int i = 0; i + 1 < pairs.size(); i += 2) {
                each.accept(pairs.get(i).toString(), pairs.get(i + 1).toString());
              }
              return !cursor.equals("0");
            });
  }

  /** Reads all pages, in a loop: a chain of as many steps as there are pages would be too deep. */
  public Uni<Void> all(BiConsumer<String, String> each) {
    return Multi.createBy()
        .repeating()
        .uni(() -> next(each))
        .whilst(more -> more)
        .collect()
        .last()
        .replaceWithVoid();
  }

  /** A pattern that matches just this. */
  private static String escaped(String text) {
    return text.replaceAll("([\\\\*?\\[\\]^-])", "\\\\$1");
  }
}
