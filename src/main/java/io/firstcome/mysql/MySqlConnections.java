package io.firstcome.mysql;

import io.quarkus.reactive.mysql.client.MySQLPoolCreator;
import io.vertx.core.Vertx;
import io.vertx.mysqlclient.MySQLBuilder;
import io.vertx.mysqlclient.MySQLConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.impl.Connection;
import io.vertx.sqlclient.impl.SocketConnectionBase;
import io.vertx.sqlclient.impl.SqlConnectionInternal;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/**
 * The connections to MySQL of this replica. After a switchover the old primary keeps them open and
 * refuses every change, and a pool would use them for ever: the first error that says so closes
 * them all, and the next ones are opened to whoever has the name then.
 */
@Singleton
public class MySqlConnections implements MySQLPoolCreator {

  /**
   * How many prepared statements a connection keeps. MySQL takes 16,382 of all its clients by
   * default ({@code max_prepared_stmt_count}); sizing: docs/operations.md.
   */
  static final int STATEMENTS_KEPT = 16;

  /** The longest statement that is kept, in characters: the longest {@link RowInsert} sends. */
  private static final int LONGEST_KEPT = 65_536;

  private static final long CLOSE_EVERY_NANOS = Duration.ofSeconds(1).toNanos();
  private static final Logger LOG = Logger.getLogger(MySqlConnections.class);

  private final Set<SocketConnectionBase> open = ConcurrentHashMap.newKeySet();
  private final AtomicLong closedAt = new AtomicLong(System.nanoTime() - CLOSE_EVERY_NANOS);

  @Override
  public Pool create(Input input) {
    return pool(input.vertx(), input.poolOptions(), input.mySQLConnectOptionsList());
  }

  public Pool pool(Vertx vertx, PoolOptions options, List<MySQLConnectOptions> servers) {
    for (MySQLConnectOptions server : servers) {
      server.setPreparedStatementCacheMaxSize(STATEMENTS_KEPT);
      server.setPreparedStatementCacheSqlLimit(LONGEST_KEPT);
    }
    return MySQLBuilder.pool(
        pool ->
            pool.with(options)
                .connectingTo(List.copyOf(servers))
                .using(vertx)
                .withConnectHandler(this::opened));
  }

  /** A server with {@code autocommit=0} would forget every statement outside a transaction. */
  private void opened(SqlConnection connection) {
    SocketConnectionBase physical = physical(connection);
    open.add(physical);
    physical
        .socket()
        .channelHandlerContext()
        .channel()
        .closeFuture()
        .addListener(closed -> open.remove(physical));
    connection
        .query("SET autocommit = 1")
        .execute()
        .onComplete(
            set -> {
              if (set.failed()) {
                close(physical);
              }
              connection.close();
            });
  }

  /**
   * Closes all connections where an error says that they are of no use any more, at most once a
   * second. What others have in flight on them fails as well: on such a server it would anyway.
   */
  void judge(Throwable e) {
    if (!SqlErrors.endsConnections(e)) {
      return;
    }
    long last = closedAt.get();
    long now = System.nanoTime();
    if (now - last >= CLOSE_EVERY_NANOS && closedAt.compareAndSet(last, now)) {
      LOG.debugf("All %d connections to MySQL are closed: %s", open.size(), e.getMessage());
      open.forEach(MySqlConnections::close);
    }
  }

  /**
   * Closes the socket, so that the server rolls back what is open. {@code close()} of a pooled
   * connection would wait for the very statement that hangs, and keep its place in the pool.
   */
  static void cut(SqlConnection connection) {
    SocketConnectionBase physical = physical(connection);
    if (physical != null) {
      close(physical);
    }
  }

  private static void close(SocketConnectionBase physical) {
    physical.socket().close();
  }

  private static SocketConnectionBase physical(SqlConnection connection) {
    Connection pooled = ((SqlConnectionInternal) connection).unwrap();
    return pooled.unwrap() instanceof SocketConnectionBase socket ? socket : null;
  }
}
