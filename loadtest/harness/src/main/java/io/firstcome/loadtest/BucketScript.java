package io.firstcome.loadtest;

import io.firstcome.redis.Keys;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A script call for claims whose claimants lie in many small HASHes; see claim-buckets.lua. */
final class BucketScript {
  /** A million claimants are 61 a bucket: below the 128 at which Redis 7 unpacks a HASH. */
  private static final int BUCKETS = 16_384;

  private final String couponId;
  private final String sha;

  BucketScript(ServiceTarget service, String couponId) {
    this.couponId = couponId;
    try (InputStream in = BucketScript.class.getResourceAsStream("claim-buckets.lua")) {
      String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      this.sha = (String) service.client().call("SCRIPT", "LOAD", text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One call for all of these. */
  byte[] callFor(List<String> users) {
    List<String> words = new ArrayList<>(List.of("EVALSHA", sha, "" + (2 + users.size())));
    words.add(Keys.state(couponId));
    words.add(Keys.ledger(couponId));
    for (String user : users) {
      words.add(Keys.claimants(couponId) + ':' + spread(user.hashCode()) % BUCKETS);
    }
    words.add("100000000");
    words.addAll(users);
    return Resp.encoded(words.toArray(new String[0]));
  }

  /** So that users that follow one another do not share buckets; never negative. */
  private static int spread(int hash) {
    return (hash * 0x9E3779B9) >>> 8;
  }
}
