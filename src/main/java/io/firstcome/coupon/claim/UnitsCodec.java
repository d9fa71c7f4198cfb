package io.firstcome.coupon.claim;

import io.firstcome.coupon.hot.ClaimCodec;
import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.script.ClaimReply;
import io.firstcome.decision.Lane;
import io.firstcome.decision.Pending;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes calls of {@code claim-units.lua} for one coupon: those of {@code claim.lua}, with units.
 */
final class UnitsCodec implements Lane.Codec<Pending<ClaimResult>, ClaimReply> {

  private final ClaimCodec claims;

  UnitsCodec(ClaimCodec claims) {
    this.claims = claims;
  }

  @Override
  public int weight(Pending<ClaimResult> claim) {
    return units(claim);
  }

  @Override
  public byte[][] encode(List<Pending<ClaimResult>> batch) {
    byte[][] plain = claims.encode(batch);
    int users = plain.length - batch.size();
    byte[][] args = new byte[users + 2 * batch.size()][];
    System.arraycopy(plain, 0, args, 0, users);
    for (int i = 0; i < batch.size(); i++) {
      args[users + 2 * i] = plain[users + i];
      args[users + 2 * i + 1] =
          Integer.toString(units(batch.get(i))).getBytes(StandardCharsets.US_ASCII);
    }
    return args;
  }

  @Override
  public ClaimReply decode(List<Pending<ClaimResult>> batch, Response reply) {
    return claims.decode(batch, reply);
  }

  private static int units(Pending<ClaimResult> claim) {
    return ((UnitsClaim) claim).units();
  }
}
