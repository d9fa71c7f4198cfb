package io.firstcome.loadtest;

import io.firstcome.local.LocalMySql;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** A MariaDB set up as for production, and a connection to look into it. */
final class Database implements AutoCloseable {
  private final LocalMySql server =
      LocalMySql.start(
          "--innodb-buffer-pool-size=1G",
          "--innodb-log-file-size=512M",
          // The default of MySQL: what is committed survives the machine.
          "--innodb-flush-log-at-trx-commit=1");

  LocalMySql server() {
    return server;
  }

  void execute(String... statements) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  long number(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(server.jdbcUrl(), server.username(), server.password());
  }

  @Override
  public void close() {
    server.close();
  }
}
