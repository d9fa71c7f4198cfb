package io.firstcome.coupon.hot;

import io.firstcome.coupon.model.Claim;
import java.util.HashMap;
import java.util.Map;

/**
 * Who holds a claim of a coupon that has nothing more to give: their claims where these fit into
 * memory, otherwise a filter that tells most others from them. Filled once, then only read.
 *
 * <p>The filter is a Bloom filter of {@value #BITS_PER_WINNER} bits a winner, with {@value #PROBES}
 * probes by double hashing: a winner is never missed, one in about 2,000 others is taken for one,
 * which costs a question to Redis and nothing else.
 *
 * @see <a href="https://doi.org/10.1145/362686.362692">Bloom, Space/time trade-offs in hash coding
 *     with allowable errors, 1970</a>
 * @see <a href="https://doi.org/10.1002/rsa.20208">Kirsch and Mitzenmacher, Less hashing, same
 *     performance, 2008</a>
 */
final class Winners {

  static final Winners NOBODY = new Winners(new HashMap<>(), null, 0);

  static final int BITS_PER_WINNER = 16;
  private static final int PROBES = 8;

  private final Map<String, Claim> claims;
  private final long[] filter;
  private long size;

  private Winners(Map<String, Claim> claims, long[] filter, long size) {
    this.claims = claims;
    this.filter = filter;
    this.size = size;
  }

  /** For so many winners, each with their claim. */
  static Winners exact(int expected) {
    return new Winners(new HashMap<>((int) (expected / 0.75f) + 1), null, 0);
  }

  /** For so many winners, in {@value #BITS_PER_WINNER} bits each. */
  static Winners filtered(long expected) {
    return new Winners(null, new long[Math.toIntExact(expected * BITS_PER_WINNER / 64 + 1)], 0);
  }

  /** Adds what a user holds; the same user may come twice. */
  void add(String couponId, String userId, String holding) {
    if (claims == null) {
      filter(userId);
      return;
    }
    Claim claim = Claim.ofHolding(couponId, userId, holding);
    // What was offered is theirs for a while, or for good; what is queued is to be handed out.
    boolean isPending = claim.state() == Claim.State.OFFERED || claim.state() == Claim.State.QUEUED;
    claims.put(userId, isPending ? null : claim);
    size = claims.size();
  }

  private void filter(String userId) {
    boolean isNew = false;
    long hash = hash(userId);
    for (int probe = 0; probe < PROBES; probe++) {
      int bit = bit(hash, probe);
      isNew |= (filter[bit >>> 6] & 1L << bit) == 0;
      filter[bit >>> 6] |= 1L << bit;
    }
    if (isNew) {
      size++;
    }
  }

  /** Adds a user about whom only Redis can tell. */
  void ask(String userId) {
    if (claims != null) {
      claims.put(userId, null);
      size = claims.size();
    } else {
      filter(userId);
    }
  }

  /** Whether each claim is here, not only the filter. */
  boolean isExact() {
    return claims != null;
  }

  /** How many were added; of a filter it may be a few less, since some look like others. */
  long size() {
    return size;
  }

  /** What this user holds, or null: nothing, or that is not known here. */
  Claim claimOf(String userId) {
    return claims == null ? null : claims.get(userId);
  }

  /** Whether this user may hold a claim; false is certain. */
  boolean mayHold(String userId) {
    if (claims != null) {
      return claims.containsKey(userId);
    }
    long hash = hash(userId);
    for (int probe = 0; probe < PROBES; probe++) {
      int bit = bit(hash, probe);
      if ((filter[bit >>> 6] & 1L << bit) == 0) {
        return false;
      }
    }
    return true;
  }

  private int bit(long hash, int probe) {
    int combined = (int) hash + probe * ((int) (hash >>> 32) | 1);
    return (int) ((combined & 0xFFFF_FFFFL) * ((long) filter.length << 6) >>> 32);
  }

  /** FNV-1a, then the finalizer of MurmurHash3, since ids often differ in the last characters. */
  private static long hash(String userId) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < userId.length(); i++) {
      hash = (hash ^ userId.charAt(i)) * 0x100000001b3L;
    }
    hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
    hash = (hash ^ hash >>> 33) * 0xc4ceb9fe1a85ec53L;
    return hash ^ hash >>> 33;
  }
}
