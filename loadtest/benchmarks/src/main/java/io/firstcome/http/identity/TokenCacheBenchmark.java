package io.firstcome.http.identity;

import io.firstcome.loadtest.NanosPerCall;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.Random;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;

/** What a token costs that was verified before: as many are known as there is room for. */
public class TokenCacheBenchmark extends NanosPerCall {

  private static final int KNOWN = 50_000;

  /** 600 characters, of which a signature of 2,048 bits takes 342. */
  private static final int BYTES = 450;

  private final TokenCache cache = new TokenCache(KNOWN);
  private final byte[][] tokens = new byte[KNOWN][];
  private int next;

  @Setup
  public void fill() {
    Random random = new Random(1);
    SecurityIdentity identity = QuarkusSecurityIdentity.builder().setAnonymous(true).build();
    long inADay = Instant.now().getEpochSecond() + 86_400;
    byte[] content = new byte[BYTES];
    for (int i = 0; i < KNOWN; i++) {
      random.nextBytes(content);
      tokens[i] = Base64.getUrlEncoder().encode(content);
      cache.put(new String(tokens[i], StandardCharsets.ISO_8859_1), identity, inADay);
    }
  }

  /** The part of the look-up that is not the cache's: making the token. */
  @Benchmark
  public String token() {
    next = next + 1 == KNOWN ? 0 : next + 1;
    return new String(tokens[next], StandardCharsets.ISO_8859_1);
  }

  @Benchmark
  public SecurityIdentity known() {
    SecurityIdentity identity = cache.get(token());
    if (identity == null) {
      throw new IllegalStateException("A token was forgotten");
    }
    return identity;
  }

  /** The part of the look-up that is the digest, with the token. */
  @Benchmark
  public byte[] digest() throws NoSuchAlgorithmException {
    return MessageDigest.getInstance("SHA-256")
        .digest(token().getBytes(StandardCharsets.ISO_8859_1));
  }
}
