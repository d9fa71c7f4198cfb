package io.firstcome.mysql;

import io.firstcome.ledger.LedgerConfig;
import io.firstcome.local.LocalMySql;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.core.Vertx;
import io.vertx.mysqlclient.MySQLConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.List;
import org.flywaydb.core.Flyway;

/** A real MariaDB with our schema, without the rest of the application. */
public final class RealMySql implements AutoCloseable {

  private static final int CONNECTIONS = 24;

  private static RealMySql shared;

  private final LocalMySql server;
  private final Vertx vertx = Vertx.vertx();
  private final MySqlConnections connections = new MySqlConnections();
  private final Pool pool;
  private final SqlTransactions transactions;
  private final MySqlCalls calls;

  private RealMySql(LocalMySql server) {
    this.server = server;
    this.pool =
        connections.pool(
            vertx,
            new PoolOptions().setMaxSize(CONNECTIONS),
            List.of(
                MySQLConnectOptions.fromUri(server.reactiveUrl())
                    .setUser(server.username())
                    .setPassword(server.password())
                    .setCachePreparedStatements(true)));
    LedgerConfig config =
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(LedgerConfig.class)
            .build()
            .getConfigMapping(LedgerConfig.class);
    this.transactions = new SqlTransactions(pool, connections, config, new SimpleMeterRegistry());
    this.calls = new MySqlCalls(config, connections, new SimpleMeterRegistry());
  }

  /** The one that all tests of this JVM share; it is never stopped. */
  public static synchronized RealMySql shared() {
    if (shared == null) {
      shared = start();
    }
    return shared;
  }

  /** One of the test's own, to be stopped at will. */
  public static RealMySql start() {
    LocalMySql server = LocalMySql.start();
    Flyway.configure()
        .dataSource(server.jdbcUrl(), server.username(), server.password())
        .locations("classpath:db/migration")
        .load()
        .migrate();
    return new RealMySql(server);
  }

  public LocalMySql server() {
    return server;
  }

  public Pool pool() {
    return pool;
  }

  public SqlTransactions transactions() {
    return transactions;
  }

  public MySqlCalls calls() {
    return calls;
  }

  public List<Row> sql(String statement, Object... params) {
    return transactions.run(
        tx -> {
          List<Row> rows = new ArrayList<>();
          tx.query(statement, params).forEach(rows::add);
          return rows;
        });
  }

  @Override
  public void close() {
    pool.close();
    vertx.close();
    server.close();
  }
}
