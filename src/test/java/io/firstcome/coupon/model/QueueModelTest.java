package io.firstcome.coupon.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.coupon.CouponFixture;
import io.firstcome.coupon.model.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.model.ClaimResult.Refused;
import io.firstcome.coupon.model.ClaimResult.Waiting;
import io.firstcome.coupon.script.ChangeResult;
import io.firstcome.coupon.script.CouponScripts.HandedOut;
import io.firstcome.coupon.script.CouponScripts.TicketMove;
import io.firstcome.coupon.script.CouponScripts.UnitChange;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.redis.RealRedis;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * Random operations on the scripts of a coupon with a queue and on a plain model side by side: they
 * must always agree, and units are handed out in the order of their claims.
 */
class QueueModelTest {

  private static final List<String> USERS = List.of("a", "b", "c", "d", "e", "f", "g", "h");
  private static final int QUANTITY = 5;
  private static final int LIMIT = 3;

  sealed interface Operation {
    record Claim(List<String> users) implements Operation {}

    record Leave(String user) implements Operation {}

    record Change(UnitChange change, String user) implements Operation {}

    /** By one of two workers. */
    record HandOut(String worker) implements Operation {}

    /** The lease of whoever has it ends. */
    record EndOfLease() implements Operation {}
  }

  /** The rules in a few lines of Java. */
  private static final class Model {
    final List<String> queue = new ArrayList<>();

    /** By user: queued, handed, redeemed or returned. */
    final Map<String, String> held = new HashMap<>();

    final List<String> numbers = new ArrayList<>();
    final List<String> handed = new ArrayList<>();
    String lease = "";

    long issued() {
      return held.values().stream().filter(state -> !state.equals("returned")).count();
    }

    Object claim(String user) {
      if (queue.contains(user)) {
        return "place " + (queue.indexOf(user) + 1);
      }
      if (held.containsKey(user)) {
        return "holds " + (numbers.indexOf(user) + 1);
      }
      if (issued() >= QUANTITY) {
        return ClaimResult.Reason.SOLD_OUT;
      }
      if (queue.size() == LIMIT) {
        return ClaimResult.Reason.QUEUE_FULL;
      }
      queue.add(user);
      numbers.add(user);
      held.put(user, "queued");
      return "place " + queue.size();
    }

    Object leave(String user) {
      if (queue.remove(user)) {
        held.put(user, "returned");
        return "done";
      }
      return "returned".equals(held.get(user)) ? "done" : "NO-TICKET";
    }

    Object change(UnitChange change, String user) {
      String state = held.get(user);
      if (state == null) {
        return "NO-CLAIM";
      }
      if (change == UnitChange.REDEEM) {
        if (state.equals("handed")) {
          held.put(user, "redeemed");
        }
        return switch (state) {
          case "queued" -> "QUEUED";
          case "returned" -> "REVOKED";
          default -> "done";
        };
      }
      if (state.equals("redeemed")) {
        return "REDEEMED";
      }
      queue.remove(user);
      held.put(user, "returned");
      return "done";
    }

    void handOut(int units) {
      for (int i = 0; i < units; i++) {
        String user = queue.remove(0);
        held.put(user, "handed");
        handed.add(user);
      }
    }
  }

  @Property(tries = 150)
  void theScriptsFollowTheModel(@ForAll("operations") List<Operation> operations) {
    CouponFixture coupon = new CouponFixture(RealRedis.shared()).publish(QUANTITY).queue(2, LIMIT);
    Model model = new Model();
    Map<String, Long> epochs = new HashMap<>();

    for (Operation operation : operations) {
      if (operation instanceof Operation.Claim claim) {
        List<ClaimResult> results = coupon.claimAtTheDoor(claim.users().toArray(String[]::new));
        for (int i = 0; i < results.size(); i++) {
          assertThat(summary(results.get(i))).isEqualTo(model.claim(claim.users().get(i)));
        }
      } else if (operation instanceof Operation.Leave leave) {
        assertThat(summary(coupon.move(TicketMove.LEAVE, leave.user())))
            .isEqualTo(model.leave(leave.user()));
      } else if (operation instanceof Operation.Change change) {
        String order = change.change() == UnitChange.REDEEM ? "order-" + change.user() : "";
        assertThat(summary(coupon.changeUnits(change.change(), change.user(), order)))
            .isEqualTo(model.change(change.change(), change.user()));
      } else if (operation instanceof Operation.HandOut work) {
        long epoch = epochs.getOrDefault(work.worker(), 0L);
        coupon.allDue();
        int before = model.queue.size();
        HandedOut done = coupon.handOut(work.worker(), epoch);
        boolean mayTake = model.lease.isEmpty() && epoch == 0 || model.lease.equals(work.worker());
        assertThat(done.isHeld()).isEqualTo(mayTake);
        if (done.isHeld()) {
          model.lease = work.worker();
          epochs.put(work.worker(), done.epoch());
          // Two a second, and no more is made up for than a second.
          assertThat(done.handed()).isEqualTo(Math.min(2, before));
          model.handOut(done.handed());
        } else {
          assertThat(done.handed()).isZero();
          epochs.remove(work.worker());
        }
      } else {
        coupon.endLease();
        model.lease = "";
      }
      coupon.lend();
      CouponState state = coupon.read(null);
      assertThat(state.issued()).isEqualTo(model.issued());
      assertThat(state.sequence()).isEqualTo(model.numbers.size());
      assertThat(state.issued()).isEqualTo(state.holders() + state.extra());
      assertThat(state.line().queued()).isEqualTo(model.queue.size());
      assertThat(state.line().waiting() + state.line().offered()).isZero();
    }
    assertThat(users(coupon, "claims")).isEqualTo(model.numbers);
    assertThat(users(coupon, "handed")).isEqualTo(model.handed);
  }

  /** Those of claims, or those who were handed out a unit, in order. */
  private static List<String> users(CouponFixture coupon, String what) {
    List<String> users = new ArrayList<>();
    for (Map<String, String> entry : coupon.ledger()) {
      if (entry.get("kind").equals(what) || what.equals(entry.get("state"))) {
        users.addAll(List.of(entry.get("users").split(" ")));
      }
    }
    return users;
  }

  private static Object summary(ChangeResult result) {
    return result instanceof ChangeResult.Refused refused ? refused.word() : "done";
  }

  private static Object summary(ClaimResult result) {
    if (result instanceof AlreadyClaimed already) {
      return "holds " + already.claim().sequence();
    }
    return result instanceof Waiting waiting
        ? "place " + waiting.ticket().place()
        : ((Refused) result).reason();
  }

  @Provide
  Arbitrary<List<Operation>> operations() {
    Arbitrary<String> user = Arbitraries.of(USERS);
    Arbitrary<Operation> claim = user.list().ofMinSize(1).ofMaxSize(4).map(Operation.Claim::new);
    Arbitrary<Operation> leave = user.map(Operation.Leave::new);
    Arbitrary<Operation> change =
        Combinators.combine(Arbitraries.of(UnitChange.REDEEM, UnitChange.REVOKE), user)
            .as(Operation.Change::new);
    Arbitrary<Operation> handOut = Arbitraries.of("one", "two").map(Operation.HandOut::new);
    Arbitrary<Operation> end = Arbitraries.create(Operation.EndOfLease::new);
    return Arbitraries.frequencyOf(
            Tuple.of(6, claim),
            Tuple.of(2, leave),
            Tuple.of(2, change),
            Tuple.of(4, handOut),
            Tuple.of(1, end))
        .list()
        .ofMaxSize(40);
  }
}
