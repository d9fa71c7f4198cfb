package io.firstcome.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The life of the servers, and that none outlives the JVM that started it. */
class LocalServersTest {
  private static final Duration END = Duration.ofSeconds(5);

  @Test
  void redisIsARedisAndItsFolderGoesWithIt() throws IOException {
    LocalRedis redis = LocalRedis.start();
    try (redis) {
      assertThat(redis.product()).matches("(Redis|Valkey) \\d+\\.\\d+\\.\\d+");
      assertThat(redis.uri()).isEqualTo("redis://127.0.0.1:" + redis.port());
      assertThat(redis.folder()).isDirectory();
    }
    assertThat(redis.isRunning()).isFalse();
    assertThat(redis.folder()).doesNotExist();
  }

  @Test
  void redisKeepsItsDataOverAKillIfAskedTo() throws IOException {
    try (LocalRedis redis = LocalRedis.start("--appendonly", "yes", "--appendfsync", "always")) {
      int port = redis.port();
      long killed = redis.pid();
      assertThat(ask(redis, "SET k v")).isEqualTo("+OK");

      redis.kill();
      assertThat(redis.isRunning()).isFalse();
      redis.startAgain();

      assertThat(redis.port()).isEqualTo(port);
      assertThat(redis.pid()).isNotEqualTo(killed);
      assertThat(ask(redis, "STRLEN k")).isEqualTo(":1");
    }
  }

  @Test
  void aSuspendedRedisAcceptsAndDoesNotAnswerUntilItIsResumed() throws IOException {
    try (LocalRedis redis = LocalRedis.start()) {
      redis.suspend();
      assertThatThrownBy(() -> ask(redis, "PING")).isInstanceOf(SocketTimeoutException.class);
      redis.resume();
      assertThat(ask(redis, "PING")).isEqualTo("+PONG");
    }
  }

  @Test
  void aSuspendedServerCanBeStoppedAndClosed() {
    LocalRedis redis = LocalRedis.start();
    redis.suspend();
    redis.stop();
    redis.startAgain();
    redis.suspend();
    redis.close();
    assertThat(redis.isRunning()).isFalse();
    assertThat(redis.folder()).doesNotExist();
  }

  @Test
  void aRefusedArgumentIsShownWithTheServersOwnWords() {
    assertThatThrownBy(() -> LocalRedis.start("--no-such-setting", "1"))
        .hasMessageContaining("quarkus.redis.hosts")
        .hasMessageContaining("no-such-setting");
  }

  @Test
  void mariaDbSpeaksUtf8AndKeepsItsDataOverAKill() throws Exception {
    LocalMySql mySql = LocalMySql.start();
    try (mySql) {
      assertThat(mySql.product()).matches("(MariaDB|MySQL) \\d+\\.\\d+\\.\\d+");
      int port = mySql.port();
      execute(mySql, "CREATE TABLE kept (word VARCHAR(20))");
      execute(mySql, "INSERT INTO kept VALUES ('früh \uD83C\uDFAB')");

      mySql.kill();
      mySql.startAgain();
      mySql.stop();
      mySql.startAgain();

      assertThat(mySql.port()).isEqualTo(port);
      assertThat(select(mySql, "SELECT word FROM kept")).isEqualTo("früh \uD83C\uDFAB");
      assertThat(select(mySql, "SELECT @@character_set_database")).isEqualTo("utf8mb4");
    }
    assertThat(mySql.isRunning()).isFalse();
    assertThat(mySql.folder()).doesNotExist();
  }

  @Test
  void theServersOfAKilledJvmEndAndTheirFoldersGo() throws Exception {
    try (ChildJvm child = new ChildJvm()) {
      child.awaitServers();
      child.kill();
      child.assertNothingIsLeft();
    }
  }

  @Test
  void twoJvmsStartTheirServersAtOnce() throws Exception {
    try (ChildJvm one = new ChildJvm();
        ChildJvm other = new ChildJvm()) {
      one.awaitServers();
      other.awaitServers();
      assertThat(one.pids).doesNotContainAnyElementsOf(other.pids);

      one.kill();
      one.assertNothingIsLeft();
      assertThat(other.pids).allMatch(LocalServersTest::isAlive);
      other.kill();
      other.assertNothingIsLeft();
    }
  }

  /** Sends one inline command and returns the first line of the reply. */
  private static String ask(LocalRedis redis, String command) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), redis.port())) {
      socket.setSoTimeout(500);
      socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
      byte[] reply = new byte[64];
      int length = socket.getInputStream().read(reply);
      return new String(reply, 0, length, StandardCharsets.US_ASCII).lines().findFirst().get();
    }
  }

  private static void execute(LocalMySql mySql, String sql) throws SQLException {
    try (Connection connection = connect(mySql);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String select(LocalMySql mySql, String sql) throws SQLException {
    try (Connection connection = connect(mySql);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static Connection connect(LocalMySql mySql) throws SQLException {
    return DriverManager.getConnection(mySql.jdbcUrl(), mySql.username(), mySql.password());
  }

  private static boolean isAlive(long pid) {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
  }

  /** A JVM that starts both servers and waits to be killed. */
  private static final class ChildJvm implements AutoCloseable {
    private final Process process;
    private List<Long> pids;
    private List<Path> folders;

    ChildJvm() throws IOException {
      Path java = Path.of(System.getProperty("java.home"), "bin", "java");
      String classPath =
          System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
      process =
          new ProcessBuilder(java.toString(), "-cp", classPath, BothServersMain.class.getName())
              .redirectErrorStream(true)
              .start();
    }

    void awaitServers() throws IOException {
      BufferedReader output = process.inputReader();
      List<String> words =
          Stream.generate(() -> readLine(output))
              .filter(line -> line.startsWith(BothServersMain.STARTED))
              .findFirst()
              .map(line -> List.of(line.substring(BothServersMain.STARTED.length()).split(" ")))
              .orElseThrow();
      pids = List.of(Long.valueOf(words.get(0)), Long.valueOf(words.get(2)));
      folders = List.of(Path.of(words.get(1)), Path.of(words.get(3)));
      assertThat(pids).allMatch(LocalServersTest::isAlive);
      assertThat(folders).allMatch(Files::isDirectory);
    }

    void kill() {
      process.destroyForcibly();
    }

    void assertNothingIsLeft() {
      await()
          .atMost(END)
          .untilAsserted(
              () -> {
                assertThat(pids).noneMatch(LocalServersTest::isAlive);
                assertThat(folders).noneMatch(Files::exists);
              });
    }

    @Override
    public void close() {
      kill();
    }

    private static String readLine(BufferedReader output) {
      try {
        String line = output.readLine();
        assertThat(line).as("the child ended before it had started both servers").isNotNull();
        return line;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
