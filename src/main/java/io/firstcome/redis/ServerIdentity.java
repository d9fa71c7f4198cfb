package io.firstcome.redis;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which server of Redis it is, and since which promotion; as {@code this-server.lua} tells it. */
final class ServerIdentity {

  private static final Pattern RUN_ID = Pattern.compile("run_id:(\\w{1,24})");
  private static final Pattern REPLICATION_ID = Pattern.compile("master_replid:(\\w{1,24})");

  private ServerIdentity() {}

  /**
   * @param info what {@code INFO} says, of all sections
   * @return {@code run_id:master_replid}, the first 24 letters of each, or empty where it does not
   *     tell both
   */
  static String of(String info) {
    Matcher run = RUN_ID.matcher(info);
    Matcher replication = REPLICATION_ID.matcher(info);
    return run.find() && replication.find() ? run.group(1) + ":" + replication.group(1) : "";
  }
}
