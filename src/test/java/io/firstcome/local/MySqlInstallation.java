package io.firstcome.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * MySQL itself, where a {@link ForeignServer} is named; its data directory is made once per user.
 */
final class MySqlInstallation implements DatabaseInstallation {

  /** Goes up when what {@link #install} makes changes. */
  private static final String LAYOUT = "2";

  private final ForeignServer server;
  private final Path data;

  private MySqlInstallation(ForeignServer server, Path data) {
    this.server = server;
    this.data = data;
  }

  static MySqlInstallation of(ForeignServer server) {
    String name = "%s-%s-%s".formatted("mysql-data", version(server), LAYOUT);
    Path made = new UserCache().entry(name, folder -> install(server, folder.resolve("data")));
    return new MySqlInstallation(server, made.resolve("data"));
  }

  @Override
  public Path pristineData() {
    return data;
  }

  @Override
  public Map<String, String> environment() {
    return Map.of();
  }

  @Override
  public List<String> serverCommand(Path data) {
    List<String> command = common(server, data);
    command.addAll(
        List.of(
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_unicode_ci",
            "--performance-schema=OFF",
            "--skip-log-bin",
            "--mysqlx=OFF",
            "--secure-file-priv=NULL",
            // Survives the death of the server, which tests bring about, not of the machine.
            "--innodb-flush-log-at-trx-commit=2"));
    return command;
  }

  @Override
  public String withoutTls() {
    return "--tls-version=";
  }

  /** The password goes over plain text, by the server's key. */
  @Override
  public String jdbcParameters() {
    return "?sslMode=DISABLED&allowPublicKeyRetrieval=true";
  }

  private static List<String> common(ForeignServer server, Path data) {
    List<String> command = new ArrayList<>(server.program("mysqld"));
    command.addAll(
        List.of(
            "--no-defaults",
            "--basedir=" + server.root().resolve("usr"),
            "--datadir=" + data,
            "--lc-messages-dir=" + server.share("mysql")));
    command.addAll(DatabaseInstallation.asRoot());
    return command;
  }

  private static String version(ForeignServer server) {
    try {
      List<String> command = new ArrayList<>(server.program("mysqld"));
      command.addAll(List.of("--no-defaults", "--version"));
      // As in "/usr/sbin/mysqld  Ver 9.7.4-1 for Linux on x86_64 (Debian)"
      return ForeignServer.run(command).replaceFirst("(?s).*Ver (\\S+).*", "$1");
    } catch (IOException e) {
      throw new IllegalStateException("cannot run " + server, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static void install(ForeignServer server, Path data)
      throws IOException, InterruptedException {
    Path sql = Files.writeString(data.resolveSibling("init.sql"), INIT_SQL);
    List<String> command = common(server, data);
    command.addAll(
        List.of(
            "--initialize-insecure",
            "--init-file=" + sql,
            "--log-error-verbosity=1",
            // What is copied for each server is small.
            "--loose-innodb-log-file-size=16M",
            "--loose-innodb-redo-log-capacity=16M"));
    ForeignServer.run(command);
  }
}
