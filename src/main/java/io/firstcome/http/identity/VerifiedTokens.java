package io.firstcome.http.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.firstcome.http.input.Digests;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Tokens that were verified, until they expire: a shopper asks with the same one again and again,
 * and a signature costs more than the claim itself. Bounded; of a token only its digest is kept, so
 * that nobody finds one in a dump.
 *
 * @param <V> what a token tells
 */
public class VerifiedTokens<V> {

  private record Digest(byte[] bytes) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Digest digest && Arrays.equals(bytes, digest.bytes);
    }

    @Override
    public int hashCode() {
      // Any four bytes of a digest are as good as a hash of all.
      return bytes[0] << 24 | (bytes[1] & 0xFF) << 16 | (bytes[2] & 0xFF) << 8 | bytes[3] & 0xFF;
    }
  }

  private record Verified<V>(V value, long expiresAtSeconds) {}

  private final Cache<Digest, Verified<V>> verified;

  /**
   * @param max how many are kept
   */
  public VerifiedTokens(int max) {
    this.verified = Caffeine.newBuilder().maximumSize(max).build();
  }

  /** What a token tells, or null: not verified here, expired, or no token (null). */
  public V get(String token) {
    if (token == null) {
      return null;
    }
    Digest digest = digest(token);
    Verified<V> known = verified.getIfPresent(digest);
    if (known == null) {
      return null;
    }
    if (known.expiresAtSeconds <= System.currentTimeMillis() / 1_000) {
      verified.invalidate(digest);
      return null;
    }
    return known.value;
  }

  /** Remembers a token that was verified just now. */
  public void put(String token, V value, long expiresAtSeconds) {
    if (token != null) {
      verified.put(digest(token), new Verified<>(value, expiresAtSeconds));
    }
  }

  private static Digest digest(String token) {
    return new Digest(Digests.sha256().digest(token.getBytes(StandardCharsets.ISO_8859_1)));
  }
}
