package io.firstcome.audit;

import io.firstcome.ledger.drain.LedgerProgress;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.HashScan;
import io.firstcome.redis.Scripts;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads Redis and MySQL on behalf of audits and repairs. Every method blocks. */
@ApplicationScoped
public class StoreReader {

  private final Scripts redis;
  private final SqlTransactions mysql;
  private final LedgerProgress ledger;

  StoreReader(Scripts redis, SqlTransactions mysql, LedgerProgress ledger) {
    this.redis = redis;
    this.mysql = mysql;
    this.ledger = ledger;
  }

  /** How far the ledgers are drained. */
  public LedgerProgress ledger() {
    return ledger;
  }

  /** The reply of Redis. */
  public <T> T await(Uni<T> reply) {
    return reply.await().atMost(redis.timeout().plusSeconds(5));
  }

  /** The reply of Redis to a command. */
  public Response send(Command command, Object... args) {
    return await(redis.send(command, args));
  }

  public boolean exists(String key) {
    return send(Command.EXISTS, key).toInteger() == 1;
  }

  /** A HASH, page by page. */
  public HashScan scan(String key, int count) {
    return new HashScan(redis, key, count);
  }

  /** Those of these fields that a HASH has, with their values, in the same order. */
  public Map<String, String> values(String key, List<String> fields) {
    Map<String, String> values = new LinkedHashMap<>();
    if (fields.isEmpty()) {
      return values;
    }
    List<Object> args = new ArrayList<>();
    args.add(key);
    args.addAll(fields);
    Response reply = send(Command.HMGET, args.toArray());
    for (int i = 0; i < fields.size(); i++) {
      if (reply.get(i) != null) {
        values.put(fields.get(i), reply.get(i).toString());
      }
    }
    return values;
  }

  /** One statement in a transaction of its own. */
  public RowSet<Row> query(String sql, Object... params) {
    return mysql.run(tx -> tx.query(sql, params));
  }
}
