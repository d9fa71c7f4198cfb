package io.firstcome.coupon.claim;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.firstcome.coupon.model.Claim;
import io.firstcome.http.input.JsonRules;
import io.firstcome.loadtest.NanosPerCall;
import io.firstcome.loadtest.UserIds;
import java.time.Instant;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;

/** What it takes to write an issued claim as JSON. */
public class ClaimJsonBenchmark extends NanosPerCall {

  private final ClaimJson json = new ClaimJson();
  private final ObjectMapper jackson = new ObjectMapper().registerModule(new JavaTimeModule());
  private final Instant issuedAt = Instant.parse("2026-07-01T10:00:00.000123Z");
  private final String userId = UserIds.id(1, 1);
  private long sequence = 100_000;

  @Setup
  public void compare() throws JsonProcessingException {
    new JsonRules().customize(jackson);
    Claim claim = sameBatch();
    if (!Arrays.equals(json.of(claim), jackson.writeValueAsBytes(claim))) {
      throw new IllegalStateException("Jackson writes a claim otherwise");
    }
  }

  @Benchmark
  public byte[] byHand() {
    return json.of(sameBatch());
  }

  /** The first claim of each batch has an instant that was not written before. */
  @Benchmark
  public byte[] byHandFirstOfBatch() {
    return json.of(otherBatch());
  }

  @Benchmark
  public byte[] jackson() throws JsonProcessingException {
    return jackson.writeValueAsBytes(sameBatch());
  }

  private Claim sameBatch() {
    return new Claim("summer-2026", userId, sequence++, issuedAt);
  }

  private Claim otherBatch() {
    return new Claim(
        "summer-2026", userId, sequence++, issuedAt.plusNanos(sequence % 1_000 * 1_000));
  }
}
