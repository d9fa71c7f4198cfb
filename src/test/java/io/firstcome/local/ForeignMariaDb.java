package io.firstcome.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * MariaDB of another distribution, where a {@link ForeignServer} is named that has it; its data
 * directory is made once per user.
 */
final class ForeignMariaDb implements DatabaseInstallation {
  private static final int INIT_TIMEOUT_SECONDS = 60;

  /** Those of the system, in the order in which mariadb-install-db runs them. */
  private static final List<String> SYSTEM =
      List.of(
          "mysql_system_tables.sql",
          "mysql_performance_tables.sql",
          "mysql_system_tables_data.sql");

  private final ForeignServer server;
  private final Path data;

  private ForeignMariaDb(ForeignServer server, Path data) {
    this.server = server;
    this.data = data;
  }

  static boolean isIn(ForeignServer server) {
    return Files.isExecutable(server.root().resolve("usr/sbin/mariadbd"));
  }

  static ForeignMariaDb of(ForeignServer server) {
    String name = "mariadb-data-" + server.root().getFileName();
    Path made = new UserCache().entry(name, folder -> install(server, folder.resolve("data")));
    return new ForeignMariaDb(server, made.resolve("data"));
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
  public String withoutTls() {
    return "--skip-ssl";
  }

  @Override
  public String jdbcParameters() {
    return "?sslMode=DISABLED";
  }

  @Override
  public List<String> serverCommand(Path data) {
    List<String> command = common(server, data);
    // Survives the death of the server, which tests bring about, not of the machine.
    command.add("--innodb-flush-log-at-trx-commit=2");
    return command;
  }

  private static List<String> common(ForeignServer server, Path data) {
    List<String> command = new ArrayList<>(server.program("mariadbd"));
    command.addAll(
        List.of(
            "--no-defaults",
            "--basedir=" + server.root().resolve("usr"),
            "--datadir=" + data,
            "--lc-messages-dir=" + server.share("mysql"),
            "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_unicode_ci",
            "--performance-schema=OFF",
            "--skip-log-bin",
            "--innodb-log-file-size=16M"));
    command.addAll(DatabaseInstallation.asRoot());
    return command;
  }

  private static void install(ForeignServer server, Path data)
      throws IOException, InterruptedException {
    Files.createDirectories(data);
    StringBuilder sql = new StringBuilder("CREATE DATABASE mysql;\nUSE mysql;\n");
    for (String file : SYSTEM) {
      sql.append(Files.readString(server.share("mysql").resolve(file), StandardCharsets.UTF_8));
    }
    sql.append("FLUSH PRIVILEGES;\n").append(INIT_SQL);
    Path log = data.resolveSibling("init.log");
    List<String> command = common(server, data);
    command.add("--bootstrap");
    Process process =
        new ProcessBuilder(command)
            .redirectInput(Files.writeString(data.resolveSibling("init.sql"), sql).toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    if (!process.waitFor(INIT_TIMEOUT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException("MariaDB cannot make its data directory: " + Files.readString(log));
    }
  }
}
