package io.firstcome.coupon.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.coupon.CouponFixture;
import io.firstcome.coupon.model.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.model.ClaimResult.Issued;
import io.firstcome.coupon.model.ClaimResult.Refused;
import io.firstcome.coupon.model.ClaimResult.Waiting;
import io.firstcome.coupon.script.ChangeResult;
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
 * Random operations on the scripts of a coupon with a waitlist and on a plain model side by side:
 * they must always agree, and the ledger must tell who was promoted, in order.
 */
class WaitlistModelTest {

  private static final List<String> USERS = List.of("a", "b", "c", "d", "e", "f", "g", "h");
  private static final int PLACES = 3;
  private static final int QUANTITY = 2;

  sealed interface Operation {
    record Claim(List<String> users) implements Operation {}

    record Move(TicketMove move, String user) implements Operation {}

    record Change(UnitChange change, String user) implements Operation {}

    /** The time to accept is over. */
    record Lapse(String user) implements Operation {}

    record Quantity(long quantity) implements Operation {}

    record SetStatus(String status) implements Operation {}
  }

  /** The rules in a few lines of Java. */
  private static final class Model {
    final boolean offers;
    final List<String> waiting = new ArrayList<>();

    /** By user: issued, offered, accepted, redeemed or returned. */
    final Map<String, String> held = new HashMap<>();

    /** Who was given each number, from 1. */
    final List<String> numbers = new ArrayList<>();

    long quantity = QUANTITY;
    String status = "open";

    Model(boolean offers) {
      this.offers = offers;
    }

    long issued() {
      return held.values().stream().filter(state -> !state.equals("returned")).count();
    }

    void promote() {
      while (status.equals("open") && issued() < quantity && !waiting.isEmpty()) {
        String next = waiting.remove(0);
        numbers.add(next);
        held.put(next, offers ? "offered" : "issued");
      }
    }

    Object claim(String user) {
      String state = held.get(user);
      if (state != null) {
        return state.equals("offered") ? "offered " + number(user) : "holds " + number(user);
      }
      if (waiting.contains(user)) {
        return "waits " + (waiting.indexOf(user) + 1);
      }
      if (!status.equals("open")) {
        return status.equals("closed") ? ClaimResult.Reason.CLOSED : ClaimResult.Reason.PAUSED;
      }
      if (issued() < quantity && waiting.isEmpty()) {
        numbers.add(user);
        held.put(user, "issued");
        return "issued " + number(user);
      }
      if (waiting.size() == PLACES) {
        return ClaimResult.Reason.SOLD_OUT;
      }
      waiting.add(user);
      return "waits " + waiting.size();
    }

    int number(String user) {
      return numbers.indexOf(user) + 1;
    }

    Object move(TicketMove move, String user) {
      String state = held.getOrDefault(user, "");
      if (move == TicketMove.ACCEPT) {
        switch (state) {
          case "accepted":
            return "done";
          case "offered":
            held.put(user, "accepted");
            return "done";
          case "returned":
            return "LAPSED";
          default:
            return "NO-TICKET";
        }
      }
      if (waiting.remove(user)) {
        return "done";
      }
      if (state.equals("offered")) {
        held.put(user, "returned");
        promote();
        return "done";
      }
      return state.equals("returned") ? "done" : "NO-TICKET";
    }

    Object change(UnitChange change, String user) {
      String state = held.get(user);
      if (state == null) {
        return "NO-CLAIM";
      }
      if (change == UnitChange.REDEEM) {
        if (state.equals("issued") || state.equals("accepted")) {
          held.put(user, "redeemed");
        }
        return switch (state) {
          case "offered" -> "OFFERED";
          case "returned" -> "REVOKED";
          default -> "done";
        };
      }
      if (state.equals("redeemed")) {
        return "REDEEMED";
      }
      held.put(user, "returned");
      promote();
      return "done";
    }

    void change(long newQuantity, String newStatus) {
      if (status.equals("closed") && !newStatus.equals("closed") || newQuantity < issued()) {
        return;
      }
      quantity = newQuantity;
      status = newStatus;
      promote();
    }
  }

  @Property(tries = 150)
  void theScriptsFollowTheModel(
      @ForAll boolean offers, @ForAll("operations") List<Operation> operations) {
    CouponFixture coupon =
        new CouponFixture(RealRedis.shared())
            .publish(QUANTITY)
            .waitlist(PLACES, offers ? 3_600 : 0);
    Model model = new Model(offers);

    for (Operation operation : operations) {
      if (operation instanceof Operation.Claim claim) {
        List<ClaimResult> results = coupon.claimAtTheDoor(claim.users().toArray(String[]::new));
        for (int i = 0; i < results.size(); i++) {
          assertThat(summary(results.get(i))).isEqualTo(model.claim(claim.users().get(i)));
        }
      } else if (operation instanceof Operation.Move move) {
        assertThat(summary(coupon.move(move.move(), move.user())))
            .isEqualTo(model.move(move.move(), move.user()));
      } else if (operation instanceof Operation.Change change) {
        assertThat(summary(coupon.changeUnits(change.change(), change.user(), order(change))))
            .isEqualTo(model.change(change.change(), change.user()));
      } else if (operation instanceof Operation.Lapse lapse) {
        boolean isOffered = "offered".equals(model.held.get(lapse.user()));
        if (isOffered) {
          coupon.lapse(lapse.user());
          model.held.put(lapse.user(), "returned");
        }
        model.promote();
        assertThat(coupon.sweep().lapsed()).isEqualTo(isOffered ? 1 : 0);
      } else if (operation instanceof Operation.Quantity quantity) {
        coupon.change("quantity", quantity.quantity());
        model.change(quantity.quantity(), model.status);
      } else if (operation instanceof Operation.SetStatus status) {
        coupon.change("status", status.status());
        model.change(model.quantity, status.status());
      }
      coupon.lend();
      CouponState state = coupon.read(null);
      assertThat(state.issued()).isEqualTo(model.issued());
      assertThat(state.issued()).isLessThanOrEqualTo(state.quantity());
      assertThat(state.sequence()).isEqualTo(model.numbers.size());
      assertThat(state.holders()).isEqualTo(model.held.size());
      assertThat(state.issued()).isEqualTo(state.holders() + state.extra());
      assertThat(state.returned()).isEqualTo(model.held.size() - model.issued());
      assertThat(state.line().waiting()).isEqualTo(model.waiting.size());
      assertThat(state.line().offered())
          .isEqualTo(model.held.values().stream().filter("offered"::equals).count());
    }
    assertThat(ledgerOrder(coupon)).isEqualTo(model.numbers);
    for (String user : USERS) {
      Ticket ticket = coupon.read(user).line().ticket();
      assertThat(ticket == null || ticket.place() == null ? 0 : ticket.place())
          .isEqualTo(model.waiting.indexOf(user) + 1);
    }
  }

  private static String order(Operation.Change change) {
    return change.change() == UnitChange.REDEEM ? "order-" + change.user() : "";
  }

  private static List<String> ledgerOrder(CouponFixture coupon) {
    List<String> users = new ArrayList<>();
    for (Map<String, String> entry : coupon.ledger()) {
      if (entry.get("kind").equals("claims")) {
        assertThat(entry.get("first")).isEqualTo(String.valueOf(users.size() + 1));
        users.addAll(List.of(entry.get("users").split(" ")));
      }
    }
    return users;
  }

  private static Object summary(ChangeResult result) {
    return result instanceof ChangeResult.Refused refused ? refused.word() : "done";
  }

  private static Object summary(ClaimResult result) {
    if (result instanceof Issued issued) {
      return "issued " + issued.claim().sequence();
    }
    if (result instanceof AlreadyClaimed already) {
      return "holds " + already.claim().sequence();
    }
    if (result instanceof Waiting waiting) {
      Ticket ticket = waiting.ticket();
      return ticket.state() == Ticket.State.OFFERED
          ? "offered " + ticket.number()
          : "waits " + ticket.place();
    }
    return ((Refused) result).reason();
  }

  @Provide
  Arbitrary<List<Operation>> operations() {
    Arbitrary<String> user = Arbitraries.of(USERS);
    Arbitrary<Operation> claim = user.list().ofMinSize(1).ofMaxSize(4).map(Operation.Claim::new);
    Arbitrary<Operation> move =
        Combinators.combine(Arbitraries.of(TicketMove.values()), user).as(Operation.Move::new);
    Arbitrary<Operation> change =
        Combinators.combine(Arbitraries.of(UnitChange.REDEEM, UnitChange.REVOKE), user)
            .as(Operation.Change::new);
    Arbitrary<Operation> lapse = user.map(Operation.Lapse::new);
    Arbitrary<Operation> quantity = Arbitraries.longs().between(1, 5).map(Operation.Quantity::new);
    Arbitrary<Operation> status =
        Arbitraries.of("open", "open", "open", "paused", "closed").map(Operation.SetStatus::new);
    return Arbitraries.frequencyOf(
            Tuple.of(8, claim),
            Tuple.of(3, move),
            Tuple.of(3, change),
            Tuple.of(2, lapse),
            Tuple.of(1, quantity),
            Tuple.of(1, status))
        .list()
        .ofMaxSize(40);
  }
}
