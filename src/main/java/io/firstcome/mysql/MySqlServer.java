package io.firstcome.mysql;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.vertx.mysqlclient.MySQLException;
import io.vertx.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * Waits for MySQL when a replica starts, and refuses a server on which what is read back would not
 * be what was decided, or on which something would fail later. Each refusal is one line that says
 * what to do.
 */
@ApplicationScoped
public class MySqlServer {

  /** Stated in docs/configuration.md, and what the tests run against. */
  private static final Version LEAST_MYSQL = new Version(8, 0, 15);

  private static final Version LEAST_MARIADB = new Version(10, 11, 0);

  /** Four times what a statement may be long, see {@link RowInsert}. */
  private static final long LEAST_PACKET = 1024 * 1024;

  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)\\.(\\d+).*");
  private static final Duration PAUSE = Duration.ofMillis(250);
  private static final int INSECURE_TRANSPORT = 3159;
  private static final Logger LOG = Logger.getLogger(MySqlServer.class);

  private final SqlTransactions mysql;
  private final Duration patience;

  public MySqlServer(SqlTransactions mysql, MySqlConfig config) {
    this.mysql = mysql;
    this.patience = config.startTimeout();
  }

  /**
   * What the checks go by.
   *
   * @param version as in {@code 8.0.15}, {@code 11.4.5-MariaDB-log}
   */
  record Settings(
      String version, String sqlMode, boolean binlog, String binlogFormat, long maxPacket) {

    private static Settings of(Row row) {
      return new Settings(
          row.getString(0),
          row.getString(1),
          row.getLong(2) != 0,
          row.getString(3),
          row.getLong(4));
    }
  }

  /**
   * Waits until MySQL can be asked, and looks at its settings.
   *
   * @throws ConfigurationException when it is away for too long, refuses us, or will not do
   */
  void check() {
    require(Settings.of(firstAnswer()));
  }

  private Row firstAnswer() {
    long end = System.nanoTime() + patience.toNanos();
    boolean said = false;
    while (true) {
      try {
        return mysql.run(
            tx ->
                tx.query(
                        "SELECT VERSION(), @@sql_mode, @@log_bin, @@binlog_format,"
                            + " @@max_allowed_packet")
                    .iterator()
                    .next());
      } catch (MySQLException e) {
        if (!SqlErrors.mayPass(e) || System.nanoTime() >= end) {
          throw new ConfigurationException("MySQL rejected the connection: " + explained(e));
        }
      } catch (SqlUnavailableException e) {
        if (System.nanoTime() >= end) {
          throw new ConfigurationException(
              "Could not reach MySQL within %d s. Check quarkus.datasource.reactive.url. %s"
                  .formatted(patience.toSeconds(), e.getMessage()));
        }
        if (!said) {
          said = true;
          LOG.warnf(
              "Could not reach MySQL; retrying for %d s. %s", patience.toSeconds(), e.getMessage());
        }
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private static String explained(MySQLException e) {
    String advice =
        switch (e.getErrorCode()) {
          case 1044, 1045, 1049, 1698 ->
              ". Check quarkus.datasource.username, quarkus.datasource.password, and the schema in"
                  + " quarkus.datasource.reactive.url";
          case INSECURE_TRANSPORT -> ". Set quarkus.datasource.reactive.mysql.ssl-mode";
          default -> "";
        };
    return SqlErrors.message(e) + advice;
  }

  /** Refuses a server that will not do. */
  static void require(Settings server) {
    requireVersion(server.version());
    List<String> modes = List.of(server.sqlMode().split(","));
    if (!modes.contains("STRICT_TRANS_TABLES") && !modes.contains("STRICT_ALL_TABLES")) {
      throw new ConfigurationException(
          "MySQL has sql_mode '"
              + server.sqlMode()
              + "' and would silently truncate values. Set a strict mode: add STRICT_TRANS_TABLES");
    }
    if (server.binlog() && server.binlogFormat().equals("STATEMENT")) {
      throw new ConfigurationException(
          "MySQL has binlog_format STATEMENT and refuses to write at READ COMMITTED. Set"
              + " binlog_format to ROW or MIXED");
    }
    if (server.maxPacket() < LEAST_PACKET) {
      throw new ConfigurationException(
          "MySQL has max_allowed_packet %d. Set it to %d (1M) or more"
              .formatted(server.maxPacket(), LEAST_PACKET));
    }
  }

  private static void requireVersion(String text) {
    Matcher parts = VERSION.matcher(text);
    if (!parts.matches()) {
      return;
    }
    Version least = text.contains("MariaDB") ? LEAST_MARIADB : LEAST_MYSQL;
    if (Version.of(parts).compareTo(least) < 0) {
      throw new ConfigurationException(
          "MySQL has version %s, which is not supported. Use MySQL %s, MariaDB %s or later"
              .formatted(text, LEAST_MYSQL, LEAST_MARIADB));
    }
  }

  private record Version(int major, int minor, int patch) implements Comparable<Version> {

    static Version of(Matcher parts) {
      return new Version(
          Integer.parseInt(parts.group(1)),
          Integer.parseInt(parts.group(2)),
          Integer.parseInt(parts.group(3)));
    }

    @Override
    public int compareTo(Version other) {
      return Comparator.comparingInt(Version::major)
          .thenComparingInt(Version::minor)
          .thenComparingInt(Version::patch)
          .compare(this, other);
    }

    @Override
    public String toString() {
      return major + "." + minor + "." + patch;
    }
  }
}
