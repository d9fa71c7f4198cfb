package io.firstcome.coupon.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.coupon.CouponFixture;
import io.firstcome.coupon.model.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.model.ClaimResult.Issued;
import io.firstcome.coupon.model.ClaimResult.Reason;
import io.firstcome.coupon.model.ClaimResult.Refused;
import io.firstcome.coupon.script.ChangeResult;
import io.firstcome.coupon.script.ClaimReply;
import io.firstcome.coupon.script.CouponScripts.UnitChange;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.redis.RealRedis;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
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
 * Random operations on the scripts of a coupon with group quotas and on a plain model side by side:
 * they must always agree, and the ledger must name the group of every unit.
 */
class GroupModelTest {

  private static final List<String> GROUPS = List.of("north", "south", "*");
  private static final List<Integer> QUOTAS = List.of(2, 3, 0);

  /** Of the group with the number that it begins with; 0: of none. */
  private static final List<String> USERS =
      List.of("1a", "1b", "1c", "1d", "2a", "2b", "2c", "2d", "3a", "0a");

  sealed interface Operation {
    record Claim(List<String> users) implements Operation {}

    record Change(UnitChange change, String user) implements Operation {}

    record Quantity(long quantity) implements Operation {}

    record SetStatus(String status) implements Operation {}
  }

  /** The rules in a few lines of Java. */
  private static final class Model {

    /** By user: issued, redeemed or returned. */
    final Map<String, String> held = new HashMap<>();

    /** Who was given each number, from 1. */
    final List<String> numbers = new ArrayList<>();

    long quantity = 4;
    String status = "open";

    long issued() {
      return held.values().stream().filter(state -> !state.equals("returned")).count();
    }

    long issued(int group) {
      return held.entrySet().stream()
          .filter(one -> group(one.getKey()) == group && !one.getValue().equals("returned"))
          .count();
    }

    Object claim(String user) {
      if (held.containsKey(user)) {
        return "holds " + (numbers.indexOf(user) + 1);
      }
      if (!status.equals("open")) {
        return status.equals("closed") ? Reason.CLOSED : Reason.PAUSED;
      }
      if (issued() >= quantity) {
        return Reason.SOLD_OUT;
      }
      if (group(user) == 0) {
        return Reason.NOT_ELIGIBLE;
      }
      if (issued(group(user)) >= QUOTAS.get(group(user) - 1)) {
        return Reason.GROUP_SOLD_OUT;
      }
      numbers.add(user);
      held.put(user, "issued");
      return "issued " + numbers.size();
    }

    String change(UnitChange change, String user) {
      String state = held.get(user);
      if (state == null) {
        return "NO-CLAIM";
      }
      if (change == UnitChange.REDEEM) {
        if (state.equals("returned")) {
          return "REVOKED";
        }
        held.put(user, "redeemed");
        return "done";
      }
      if (state.equals("redeemed")) {
        return "REDEEMED";
      }
      held.put(user, "returned");
      return "done";
    }
  }

  private static int group(String user) {
    return user.charAt(0) - '0';
  }

  @Property(tries = 200)
  void theScriptsFollowTheModel(@ForAll("operations") List<Operation> operations) {
    CouponFixture coupon =
        new CouponFixture(RealRedis.shared()).publish(4).groups("north=2,south=3,*=0");
    Model model = new Model();

    for (Operation operation : operations) {
      if (operation instanceof Operation.Claim claim) {
        List<ClaimResult> results = claim(coupon, claim.users());
        for (int i = 0; i < results.size(); i++) {
          assertThat(summary(results.get(i))).isEqualTo(model.claim(claim.users().get(i)));
        }
      } else if (operation instanceof Operation.Change change) {
        String order = change.change() == UnitChange.REDEEM ? "order-" + change.user() : "";
        ChangeResult result = coupon.changeUnits(change.change(), change.user(), order);
        assertThat(result instanceof ChangeResult.Refused refused ? refused.word() : "done")
            .isEqualTo(model.change(change.change(), change.user()));
      } else if (operation instanceof Operation.Quantity quantity) {
        coupon.changeAndLend("quantity", quantity.quantity());
        if (quantity.quantity() >= model.issued()) {
          model.quantity = quantity.quantity();
        }
      } else if (operation instanceof Operation.SetStatus status) {
        coupon.change("status", status.status());
        if (!model.status.equals("closed")) {
          model.status = status.status();
        }
      }
      CouponState state = coupon.read(null);
      assertThat(state.issued()).isEqualTo(model.issued());
      Map<String, Long> byGroup = new LinkedHashMap<>();
      for (int i = 0; i < GROUPS.size(); i++) {
        byGroup.put(GROUPS.get(i), model.issued(i + 1));
      }
      assertThat(state.issuedByGroup()).isEqualTo(byGroup);
    }
    List<String> told = new ArrayList<>();
    for (Map<String, String> entry : coupon.ledger()) {
      if (entry.get("kind").equals("claims")) {
        String[] groups = entry.get("groups").split(" ");
        List<String> users = List.of(entry.get("users").split(" "));
        told.addAll(users);
        assertThat(users.stream().map(user -> GROUPS.get(group(user) - 1))).containsExactly(groups);
      }
    }
    assertThat(told).isEqualTo(model.numbers);
  }

  /** As a replica that has judged by the definition that holds. */
  private static List<ClaimResult> claim(CouponFixture coupon, List<String> users) {
    CouponState now = coupon.read(null);
    StringBuilder judged = new StringBuilder(" " + now.epoch() + " " + now.version() + " ");
    users.forEach(user -> judged.append((char) ('0' + group(user))));
    ClaimReply reply = coupon.judged(users, judged.toString());
    List<ClaimResult> results = new ArrayList<>();
    for (int i = 0; i < users.size(); i++) {
      results.add(reply.result(i, users.get(i)));
    }
    return results;
  }

  private static Object summary(ClaimResult result) {
    if (result instanceof Issued issued) {
      return "issued " + issued.claim().sequence();
    }
    return result instanceof AlreadyClaimed already
        ? "holds " + already.claim().sequence()
        : ((Refused) result).reason();
  }

  @Provide
  Arbitrary<List<Operation>> operations() {
    Arbitrary<String> user = Arbitraries.of(USERS);
    Arbitrary<Operation> claim = user.list().ofMinSize(1).ofMaxSize(5).map(Operation.Claim::new);
    Arbitrary<Operation> change =
        Combinators.combine(Arbitraries.of(UnitChange.REDEEM, UnitChange.REVOKE), user)
            .as(Operation.Change::new);
    Arbitrary<Operation> quantity = Arbitraries.longs().between(1, 6).map(Operation.Quantity::new);
    Arbitrary<Operation> status =
        Arbitraries.of("open", "open", "open", "paused", "closed").map(Operation.SetStatus::new);
    return Arbitraries.frequencyOf(
            Tuple.of(8, claim), Tuple.of(4, change), Tuple.of(1, quantity), Tuple.of(1, status))
        .list()
        .ofMaxSize(30);
  }
}
