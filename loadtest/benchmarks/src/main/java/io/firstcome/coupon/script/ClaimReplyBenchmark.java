package io.firstcome.coupon.script;

import io.firstcome.loadtest.NanosPerCall;
import io.firstcome.loadtest.UserIds;
import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.BulkType;
import java.util.Collections;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * What it takes to read the reply to a batch, and to make a result for each of its users. The
 * client has taken the bytes apart before that.
 */
public class ClaimReplyBenchmark extends NanosPerCall {

  private static final String COUPON = "summer-2026";
  private static final long NOW_MICROS = 1_782_900_000_000_123L;

  @Param({"1", "32"})
  public int batch;

  private String[] users;
  private Response issued;
  private Response soldOut;
  private Response held;

  @Setup
  public void make() {
    users = new String[batch];
    String[] holdings = new String[batch];
    for (int i = 0; i < batch; i++) {
      users[i] = UserIds.id(i, 1);
      holdings[i] = 100_001 + i + ":" + NOW_MICROS;
    }
    issued = reply("100001");
    soldOut = reply(String.join(" ", Collections.nCopies(batch, "-1")));
    held = reply(String.join(" ", holdings));
  }

  private static Response reply(String results) {
    return BulkType.create(Buffer.buffer(NOW_MICROS + " 1 1 0 0 redis " + results), false);
  }

  @Benchmark
  public void issued(Blackhole results) {
    read(issued, results);
  }

  @Benchmark
  public void soldOut(Blackhole results) {
    read(soldOut, results);
  }

  @Benchmark
  public void alreadyClaimed(Blackhole results) {
    read(held, results);
  }

  private void read(Response response, Blackhole results) {
    ClaimReply reply = new ClaimReply(COUPON, users.length, response);
    results.consume(reply.asOf());
    for (int i = 0; i < users.length; i++) {
      results.consume(reply.result(i, users[i]));
    }
  }
}
