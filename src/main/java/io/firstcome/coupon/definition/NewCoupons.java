package io.firstcome.coupon.definition;

import io.firstcome.coupon.model.CouponRequests;
import io.firstcome.coupon.model.NewCoupon;
import io.firstcome.eligibility.Rules;
import io.firstcome.lifecycle.Lifecycle;
import io.firstcome.pass.QueueReference;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;

/** Checks and creates coupons, whoever asks for them: an operator or a series. */
@ApplicationScoped
public class NewCoupons {

  private final Definitions definitions;
  private final Rules rules;
  private final QueueReference queues;

  NewCoupons(Definitions definitions, Rules rules, QueueReference queues) {
    this.definitions = definitions;
    this.rules = rules;
    this.queues = queues;
  }

  /** Refuses what annotations cannot. */
  public Uni<Void> check(NewCoupon request) {
    Lifecycle.checkWindow(request.opensAt(), request.closesAt());
    CouponRequests.checkValidity(request);
    if (request.discount() != null) {
      request.discount().check();
    }
    CouponRequests.checkShards(request);
    CouponRequests.checkLottery(request);
    CouponRequests.checkWaitlist(request);
    CouponRequests.checkQueue(request);
    CouponRequests.checkCodes(request);
    CouponRequests.checkGroups(request);
    return rules
        .check(request.eligibility())
        .chain(
            () -> rules.checkTickets(request.lottery() == null ? "" : request.lottery().tickets()))
        .chain(() -> rules.checkGroup(request.group()))
        .chain(() -> queues.check(request.queue()));
  }

  /** Refuses what annotations cannot. */
  public Uni<Void> check(CouponPatch patch) {
    patch.checkWindow();
    patch.checkDiscount();
    return rules
        .check(patch.eligibility() == null ? "" : patch.eligibility())
        .chain(() -> queues.check(patch.queue()));
  }

  /** Creates a coupon; says whether it is new, and not that of the same request before. */
  public Uni<Boolean> create(NewCoupon request) {
    return Uni.createFrom()
        .deferred(() -> check(request))
        .chain(() -> definitions.create(request))
        .map(Definitions.Created::isNew);
  }
}
