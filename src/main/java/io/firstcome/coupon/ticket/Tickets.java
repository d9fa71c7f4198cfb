package io.firstcome.coupon.ticket;

import io.firstcome.coupon.change.Changes;
import io.firstcome.coupon.hot.HotCoupons;
import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.Ticket;
import io.firstcome.coupon.recovery.CouponReader;
import io.firstcome.coupon.script.ChangeResult.TicketMoved;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.CouponScripts.TicketMove;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;

/**
 * Reads tickets and moves them. A script decides; a move is answered once MySQL has it, at every
 * level.
 */
@ApplicationScoped
class Tickets {

  private final CouponReader coupons;
  private final CouponScripts scripts;
  private final Changes changes;
  private final HotCoupons hot;

  Tickets(CouponReader coupons, CouponScripts scripts, Changes changes, HotCoupons hot) {
    this.coupons = coupons;
    this.scripts = scripts;
    this.changes = changes;
    this.hot = hot;
  }

  Uni<Ticket> read(String couponId, String userId) {
    return coupons
        .ticket(couponId, userId)
        .onItem()
        .ifNull()
        .failWith(() -> Problem.of(ProblemType.NO_TICKET).asException());
  }

  Uni<Claim> accept(String couponId, String userId) {
    return move(couponId, userId, TicketMove.ACCEPT)
        .map(moved -> Claim.of(couponId, userId, moved.holding()));
  }

  Uni<Void> leave(String couponId, String userId) {
    return move(couponId, userId, TicketMove.LEAVE).replaceWithVoid();
  }

  private Uni<TicketMoved> move(String couponId, String userId, TicketMove move) {
    return changes.ticket(
        couponId,
        Uni.createFrom()
            .deferred(
                () -> scripts.moveTicket(couponId, move, userId, userId, hot.seen(couponId))));
  }
}
