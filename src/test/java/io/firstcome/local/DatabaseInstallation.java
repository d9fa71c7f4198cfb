package io.firstcome.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Programs of a server and a data directory with our database and user, from which servers start.
 */
interface DatabaseInstallation {
  String DATABASE = "firstcome";
  String USER = "firstcome";
  String PASSWORD = "firstcome";

  /** Who may do everything, with the same password. */
  String ADMINISTRATOR = "administrator";

  /** Of a data directory that no server has served from yet. */
  String INIT_SQL =
      """
      CREATE DATABASE %1$s CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
      CREATE USER '%2$s'@'%%' IDENTIFIED BY '%3$s';
      GRANT ALL PRIVILEGES ON %1$s.* TO '%2$s'@'%%';
      CREATE USER '%4$s'@'%%' IDENTIFIED BY '%3$s';
      GRANT ALL PRIVILEGES ON *.* TO '%4$s'@'%%' WITH GRANT OPTION;
      """
          .formatted(DATABASE, USER, PASSWORD, ADMINISTRATOR);

  static DatabaseInstallation unpacked() {
    return ForeignServer.named("mysql")
        .<DatabaseInstallation>map(
            server ->
                ForeignMariaDb.isIn(server)
                    ? ForeignMariaDb.of(server)
                    : MySqlInstallation.of(server))
        .orElseGet(MariaDbInstallation::unpacked);
  }

  /** To be copied, not used in place. */
  Path pristineData();

  /** Where the server finds its libraries. */
  Map<String, String> environment();

  /** The command line of a server over a data directory. */
  List<String> serverCommand(Path data);

  /** What keeps clients to plain text, on the command line and in a URL of JDBC. */
  String withoutTls();

  String jdbcParameters();

  /** Without it the servers refuse to run as root. */
  static List<String> asRoot() {
    try {
      return Folders.currentUser() == 0 ? List.of("--user=root") : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
