package io.firstcome.recovery;

import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** One load on its way: reads MySQL page by page, and stages each under the loader's token. */
public final class Staging {

  private final String id;
  private final String token;
  private final Pool mysql;
  private final LoadConfig config;

  Staging(String id, String token, Pool mysql, LoadConfig config) {
    this.id = id;
    this.token = token;
    this.mysql = mysql;
    this.config = config;
  }

  /** What is loaded. */
  public String id() {
    return id;
  }

  /** The loader's: the lease has it, and the names of the staged keys. */
  public String token() {
    return token;
  }

  /** How long lease and staged keys last after each page. */
  public Duration ttl() {
    return config.lease();
  }

  /** The most rows of a page. */
  public int chunk() {
    return config.chunk();
  }

  /** How many rows were staged, and the last, or null where there was none. */
  public record Staged(long size, Row last) {}

  /**
   * Stages what a query yields, page after page, and renews the lease with each.
   *
   * @param page reads the page after this row (null: the first)
   * @param size the most rows of a page: one of fewer is the last
   * @param members of a row, as they are staged
   * @param stage stages members; says whether the lease was still held
   * @throws LeaseLostException when it was not
   */
  public Staged stage(
      Function<Row, Uni<RowSet<Row>>> page,
      int size,
      Function<Row, List<String>> members,
      Function<List<String>, Uni<Boolean>> stage) {
    long rows = 0;
    Row last = null;
    while (true) {
      RowSet<Row> read = await(page.apply(last));
      List<String> staged = new ArrayList<>();
      for (Row row : read) {
        last = row;
        staged.addAll(members.apply(row));
      }
      if (!await(stage.apply(staged))) {
        throw new LeaseLostException();
      }
      rows += read.size();
      if (read.size() < size) {
        return new Staged(rows, last);
      }
    }
  }

  public Uni<RowSet<Row>> query(String sql, Object... parameters) {
    return mysql.preparedQuery(sql).execute(Tuple.from(parameters));
  }

  /** Waits, as long as one statement may take. */
  public <T> T await(Uni<T> uni) {
    return uni.await().atMost(config.statementTimeout());
  }

  /** Another loader took over, or Redis lost the lease. Carries no stack trace. */
  static final class LeaseLostException extends RuntimeException {
    LeaseLostException() {
      super("The lease was lost", null, false, false);
    }
  }
}
