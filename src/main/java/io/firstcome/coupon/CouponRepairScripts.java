package io.firstcome.coupon;

import io.firstcome.ledger.LedgerConfig;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Script;
import io.firstcome.redis.Scripts;
import io.vertx.redis.client.Response;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;

/** The scripts that repair a coupon, each checking that what was read still is so. They block. */
@ApplicationScoped
class CouponRepairScripts {

  private static final Script APPEND = Script.named("coupon-append");
  private static final Script RESTORE = Script.named("coupon-restore");
  private static final String FULL = "LEDGER-FULL";

  private final Scripts scripts;
  private final String maxUndrained;

  CouponRepairScripts(Scripts scripts, LedgerConfig ledger) {
    this.scripts = scripts;
    this.maxUndrained = String.valueOf(ledger.maxUndrained());
  }

  /** What {@code coupon-restore.lua} has done. */
  record Restored(int claims, boolean issuedCountedAnew) {}

  /** Appends claims to the ledger again, as Redis has them; says how many. */
  int append(String couponId, long epoch, List<ClaimComparison.Held> claims) {
    List<String> args = new ArrayList<>();
    args.add(String.valueOf(epoch));
    args.add(maxUndrained);
    for (ClaimComparison.Held claim : claims) {
      args.add(claim.user());
      args.add(claim.redis());
    }
    Response reply =
        run(
            APPEND,
            couponId,
            List.of(
                Keys.state(couponId),
                Keys.claimants(couponId),
                Keys.audience(couponId),
                Keys.ledger(couponId)),
            args);
    return FULL.equals(reply.toString()) ? 0 : reply.toInteger();
  }

  /** Gives claims back to Redis as MySQL has them, and counts anew what is issued. */
  Restored restore(String couponId, long epoch, List<ClaimComparison.Held> claims) {
    List<String> args = new ArrayList<>();
    args.add(String.valueOf(epoch));
    for (ClaimComparison.Held claim : claims) {
      args.add(claim.user());
      args.add(claim.redis() == null ? "" : claim.redis());
      args.add(claim.mysql());
    }
    Response reply =
        run(
            RESTORE,
            couponId,
            List.of(Keys.state(couponId), Keys.claimants(couponId), Keys.audience(couponId)),
            args);
    return new Restored(reply.get(0).toInteger(), reply.get(1).toInteger() == 1);
  }

  private Response run(Script script, String couponId, List<String> keys, List<String> args) {
    Response reply =
        scripts.run(script, keys, args).await().atMost(scripts.timeout().plusSeconds(5));
    NotLoadedException.check(couponId, reply);
    return reply;
  }
}
