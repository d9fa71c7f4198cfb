package io.firstcome.local;

import java.io.IOException;

/** A JVM of its own for {@link LocalServersTest}: starts both servers, says so, and waits. */
final class BothServersMain {
  /** Before: process id and folder of Redis, then of MariaDB, separated by blanks. */
  static final String STARTED = "started: ";

  private BothServersMain() {}

  public static void main(String[] args) throws IOException {
    LocalRedis redis = LocalRedis.start();
    LocalMySql mySql = LocalMySql.start();
    System.out.println(
        STARTED
            + String.join(
                " ",
                String.valueOf(redis.pid()),
                redis.folder().toString(),
                String.valueOf(mySql.pid()),
                mySql.folder().toString()));
    // Until the test kills this JVM, or ends and closes the pipe.
    System.in.read();
  }
}
