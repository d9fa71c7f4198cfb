package io.firstcome.local;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A real server that speaks the MySQL protocol: MariaDB, or the MySQL that {@link ForeignServer}
 * names, with a database {@code firstcome} (utf8mb4) and a user who may do everything in it. It
 * keeps its data over {@link #startAgain()}.
 */
public final class LocalMySql extends LocalServer {
  private static final int REPLY_TIMEOUT_MILLIS = 1_000;
  private static final byte PROTOCOL_VERSION = 10;

  private final DatabaseInstallation installation;
  private final List<String> extraArguments;

  private LocalMySql(int port, DatabaseInstallation installation, List<String> extraArguments) {
    super("mariadb", port);
    this.installation = installation;
    this.extraArguments = extraArguments;
  }

  /**
   * Starts a server and waits until it answers.
   *
   * @param extraServerArgs as on its command line; they win over ours
   * @throws IllegalStateException if it cannot be started; says what to do instead
   */
  public static LocalMySql start(String... extraServerArgs) {
    DatabaseInstallation installation = DatabaseInstallation.unpacked();
    return startOnFreePort(port -> new LocalMySql(port, installation, List.of(extraServerArgs)));
  }

  /** As {@code quarkus.datasource.reactive.url} takes it. */
  public String reactiveUrl() {
    return "mysql://127.0.0.1:" + port() + "/" + DatabaseInstallation.DATABASE;
  }

  /** As {@code quarkus.datasource.jdbc.url} takes it, for MySQL Connector/J. */
  public String jdbcUrl() {
    return "jdbc:" + reactiveUrl() + installation.jdbcParameters();
  }

  public String username() {
    return DatabaseInstallation.USER;
  }

  public String password() {
    return DatabaseInstallation.PASSWORD;
  }

  /** How a URL of JDBC goes on behind the database, for who puts one together. */
  public String jdbcParameters() {
    return installation.jdbcParameters();
  }

  /** Runs statements as who may do everything: settings, users and their rights. */
  public void administer(String... statements) {
    administerAt(jdbcUrl(), statements);
  }

  /** The first column of what a query finds, numbers, asked by the same. */
  public List<Long> administered(String query) {
    List<Long> numbers = new ArrayList<>();
    try (Connection connection = administrator(jdbcUrl());
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(query)) {
      while (rows.next()) {
        numbers.add(rows.getLong(1));
      }
      return numbers;
    } catch (SQLException e) {
      throw new IllegalStateException(query, e);
    }
  }

  /** A number that the server counts of all its clients. */
  public long administeredStatus(String name) {
    try (Connection connection = administrator(jdbcUrl());
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW GLOBAL STATUS LIKE '" + name + "'")) {
      row.next();
      return row.getLong(2);
    } catch (SQLException e) {
      throw new IllegalStateException(name, e);
    }
  }

  /** The same of the server at this URL, as a test knows it that has not started it. */
  public static void administerAt(String jdbcUrl, String... statements) {
    try (Connection connection = administrator(jdbcUrl);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IllegalStateException(String.join("; ", statements), e);
    }
  }

  private static Connection administrator(String jdbcUrl) throws SQLException {
    return DriverManager.getConnection(
        jdbcUrl, DatabaseInstallation.ADMINISTRATOR, DatabaseInstallation.PASSWORD);
  }

  /** The server's own word in its greeting, as in {@code 11.4.5-MariaDB}. */
  String version() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
      socket.setSoTimeout(REPLY_TIMEOUT_MILLIS);
      // A packet: three bytes of length, one of sequence, then the greeting, which begins with the
      // protocol's version and the server's, the latter ended by a zero.
      DataInputStream in = new DataInputStream(socket.getInputStream());
      in.skipNBytes(4);
      if (in.readByte() != PROTOCOL_VERSION) {
        throw new IOException("port " + port() + " refuses us or speaks another protocol");
      }
      StringBuilder version = new StringBuilder();
      for (byte next = in.readByte(); next != 0; next = in.readByte()) {
        version.append((char) next);
      }
      return version.toString();
    }
  }

  /** As in {@code MariaDB 11.4.5} or {@code MySQL 9.7.4}. */
  public String product() throws IOException {
    String version = version();
    return (version.contains("MariaDB") ? "MariaDB " : "MySQL ") + version.replaceFirst("-.*", "");
  }

  @Override
  List<String> command() {
    List<String> command = installation.serverCommand(folder().resolve("data"));
    command.addAll(
        List.of(
            "--tmpdir=" + folder().resolve("tmp"),
            "--socket=" + folder().resolve("socket"),
            "--pid-file=" + folder().resolve("server.pid"),
            "--port=" + port(),
            "--bind-address=127.0.0.1",
            installation.withoutTls(),
            "--skip-name-resolve"));
    command.addAll(extraArguments);
    return command;
  }

  @Override
  Map<String, String> environment() {
    return installation.environment();
  }

  @Override
  void prepare() throws IOException {
    Files.createDirectory(folder().resolve("tmp"));
    Folders.copy(installation.pristineData(), folder().resolve("data"));
  }

  @Override
  boolean answers(String log) throws IOException {
    return log.contains("ready for connections") && !version().isEmpty();
  }

  @Override
  String settingToUseInstead() {
    return "quarkus.datasource.reactive.url and quarkus.datasource.jdbc.url";
  }
}
