package io.firstcome.redis;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * Whether replicas, and their primary, must have on their disks what they are waited for: what
 * {@code WAITAOF} tells, and {@code WAIT} does not.
 */
public enum Fsync {
  /**
   * Where the primary has its append-only file on disk before it answers ({@code appendfsync
   * always}), and the command; looked up on each new connection. With {@code everysec} the command
   * takes up to two seconds (Redis), or confirms before anything is on disk (Valkey 8.0 to 9.1).
   */
  AUTO,
  /** Always: of a server that cannot, nobody is told anything. */
  ALWAYS,
  /** In their memory is enough. */
  NEVER;

  /** Of Redis 7.2 and later; the client does not name it. */
  public static final Command WAITAOF = Command.create("waitaof");

  /** The setting of Redis that says when it writes its append-only file to disk. */
  public static final String APPENDFSYNC = "appendfsync";

  private static final Logger LOG = Logger.getLogger(Fsync.class);
  private static final Pattern HAS_FILE = Pattern.compile("^aof_enabled:1", Pattern.MULTILINE);

  /** Whether what is written on this connection is to be waited for until it is on disks. */
  Future<Boolean> on(RedisConnection connection) {
    if (this != AUTO) {
      return Future.succeededFuture(this == ALWAYS);
    }
    return connection
        .send(Request.cmd(Command.INFO).arg("persistence"))
        .flatMap(
            info ->
                HAS_FILE.matcher(info.toString()).find()
                    ? isAlways(connection)
                    : Future.succeededFuture(false))
        .flatMap(disks -> disks ? has(connection) : Future.succeededFuture(false));
  }

  /** Not where it may not be looked up: {@link io.firstcome.ledger} says so at the start. */
  private static Future<Boolean> isAlways(RedisConnection connection) {
    return connection
        .send(Request.cmd(Command.CONFIG).arg("GET").arg(APPENDFSYNC))
        .map(reply -> reply.size() > 0 && "always".equals(reply.get(APPENDFSYNC).toString()))
        .recover(e -> Scripts.isReply(e) ? Future.succeededFuture(false) : Future.failedFuture(e));
  }

  /** Which returns at once, as it waits for nobody. */
  private static Future<Boolean> has(RedisConnection connection) {
    return connection
        .send(Request.cmd(WAITAOF).arg(0).arg(0).arg(0))
        .map(true)
        .recover(
            e -> {
              if (!Scripts.isReply(e)) {
                return Future.failedFuture(e);
              }
              if (e.getMessage().startsWith("NOPERM")) {
                LOG.warn(
                    "REPLICA acknowledgements do not wait for fsync: the Redis user may not call WAITAOF. Grant it (+waitaof), or set firstcome.acknowledge.fsync=never");
              }
              return Future.succeededFuture(false);
            });
  }
}
