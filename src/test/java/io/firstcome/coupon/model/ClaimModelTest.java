package io.firstcome.coupon.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.coupon.CouponFixture;
import io.firstcome.coupon.model.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.model.ClaimResult.Issued;
import io.firstcome.coupon.model.ClaimResult.Reason;
import io.firstcome.coupon.model.ClaimResult.Refused;
import io.firstcome.coupon.script.ChangeResult;
import io.firstcome.coupon.script.CouponScripts.UnitChange;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.redis.RealRedis;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * Random operations on the scripts and on a plain model side by side: they must always agree, and
 * the ledger must tell the whole story.
 */
class ClaimModelTest {

  private static final List<String> USERS = List.of("a", "b", "c", "d", "e", "f", "g", "A");

  /** What may be done to a coupon. */
  sealed interface Operation {
    record Claim(List<String> users) implements Operation {}

    /** So many units in all. */
    record Units(String user, int units) implements Operation {}

    record Change(UnitChange change, String user, String order) implements Operation {}

    record Quantity(long quantity) implements Operation {}

    record SetStatus(String status) implements Operation {}

    record Audience(boolean add, List<String> users) implements Operation {}
  }

  /** The rules in a few lines of Java. */
  private static final class Model {
    static final int LIMIT = 3;

    /** Who holds each number, from 1. */
    final List<String> numbers = new ArrayList<>();

    /** By number: state, and the order it is for. */
    final Map<Long, String> states = new HashMap<>();

    long changes;

    final Set<String> audience = new HashSet<>(List.of("a", "b", "c", "d"));
    long quantity = 4;
    String status = "open";
    long version = 1;

    List<Long> held(String user) {
      return LongStream.rangeClosed(1, numbers.size())
          .filter(number -> numbers.get((int) number - 1).equals(user))
          .boxed()
          .toList();
    }

    long issued() {
      return numbers.size() - states.values().stream().filter(s -> s.equals("returned")).count();
    }

    private boolean isOpen(long number) {
      return states.getOrDefault(number, "unredeemed").startsWith("unredeemed");
    }

    /** The numbers that are changed, or were before; or why none is. */
    Object change(UnitChange change, String user, String order) {
      List<Long> held = held(user);
      if (held.isEmpty()) {
        return "NO-CLAIM";
      }
      List<Long> open = held.stream().filter(this::isOpen).toList();
      boolean redeemed =
          held.stream().anyMatch(n -> states.getOrDefault(n, "").startsWith("redeemed"));
      if (change == UnitChange.REVOKE) {
        if (redeemed) {
          return "REDEEMED";
        }
        open.forEach(n -> states.put(n, "returned"));
        version += open.isEmpty() ? 0 : 1;
        changes += open.isEmpty() ? 0 : 1;
        return open;
      }
      for (long n : held) {
        String state = states.get(n);
        if (("redeemed " + order).equals(state)) {
          if (change == UnitChange.UNREDEEM) {
            states.put(n, "unredeemed " + order);
            changes++;
          }
          return List.of(n);
        }
        if (("unredeemed " + order).equals(state)) {
          return change == UnitChange.UNREDEEM ? List.of(n) : "UNDONE";
        }
      }
      if (change == UnitChange.UNREDEEM) {
        return "UNKNOWN";
      }
      if (open.isEmpty()) {
        return redeemed ? "REDEEMED" : "REVOKED";
      }
      states.put(open.get(0), "redeemed " + order);
      changes++;
      return open.subList(0, 1);
    }

    Object claim(String user, int units) {
      int more = units - held(user).size();
      if (more <= 0) {
        return held(user);
      }
      if (status.equals("closed")) {
        return Reason.CLOSED;
      }
      if (status.equals("paused")) {
        return Reason.PAUSED;
      }
      if (issued() >= quantity) {
        return Reason.SOLD_OUT;
      }
      if (!audience.contains(user)) {
        return Reason.NOT_ELIGIBLE;
      }
      if (units > LIMIT) {
        return Reason.LIMIT_REACHED;
      }
      if (issued() + more > quantity) {
        return Reason.TOO_FEW_LEFT;
      }
      numbers.addAll(Collections.nCopies(more, user));
      return held(user);
    }

    boolean change(long newQuantity, String newStatus) {
      if (newQuantity == quantity && newStatus.equals(status)) {
        return true;
      }
      if (status.equals("closed") && !newStatus.equals("closed") || newQuantity < issued()) {
        return false;
      }
      quantity = newQuantity;
      status = newStatus;
      version++;
      return true;
    }

    void audience(boolean add, List<String> users) {
      if (add ? audience.addAll(users) : audience.removeAll(users)) {
        version++;
      }
    }
  }

  @Property(tries = 150)
  void theScriptsFollowTheModel(@ForAll("operations") List<Operation> operations) {
    CouponFixture coupon =
        new CouponFixture(RealRedis.shared())
            .publishForAudience(4, "a", "b", "c", "d")
            .limit(Model.LIMIT);
    Model model = new Model();
    Map<String, Claim> told = new LinkedHashMap<>();

    for (Operation operation : operations) {
      if (operation instanceof Operation.Claim claim) {
        List<ClaimResult> results = coupon.claim(claim.users());
        for (int i = 0; i < results.size(); i++) {
          String user = claim.users().get(i);
          check(model, told, user, 1, results.get(i));
        }
      } else if (operation instanceof Operation.Units claim) {
        ClaimResult result = coupon.claim(claim.user(), claim.units());
        check(model, told, claim.user(), claim.units(), result);
      } else if (operation instanceof Operation.Change change) {
        ChangeResult result = coupon.changeUnits(change.change(), change.user(), change.order());
        assertThat(
                result instanceof ChangeResult.UnitsChanged done
                    ? done.units()
                    : ((ChangeResult.Refused) result).word())
            .isEqualTo(model.change(change.change(), change.user(), change.order()));
        if (result instanceof ChangeResult.UnitsChanged done) {
          assertThat(done.change()).isEqualTo(model.changes);
          assertThat(ClaimHolding.of(done.holding().units()).text())
              .isEqualTo(done.holding().text());
          told.put(change.user(), Claim.of(coupon.id, change.user(), done.holding()).asClaimed());
        }
      } else if (operation instanceof Operation.Quantity quantity) {
        boolean done =
            coupon.changeAndLend("quantity", quantity.quantity()) instanceof ChangeResult.Done;
        assertThat(done).isEqualTo(model.change(quantity.quantity(), model.status));
      } else if (operation instanceof Operation.SetStatus status) {
        boolean done = coupon.change("status", status.status()) instanceof ChangeResult.Done;
        assertThat(done).isEqualTo(model.change(model.quantity, status.status()));
      } else if (operation instanceof Operation.Audience audience) {
        coupon.audience(audience.add(), audience.users().toArray(String[]::new));
        model.audience(audience.add(), audience.users());
      }
      CouponState state = coupon.read(null);
      assertThat(state.issued()).isEqualTo(model.issued());
      assertThat(state.sequence()).isEqualTo(model.numbers.size());
      assertThat(state.holders() + state.extra()).isEqualTo(model.issued());
      assertThat(state.returned()).isEqualTo(model.numbers.size() - model.issued());
      assertThat(state.quantity()).isEqualTo(model.quantity);
      assertThat(state.version()).isEqualTo(model.version);
      assertThat(state.audience()).isEqualTo(model.audience.size());
    }
    assertThat(ledgerOrder(coupon)).isEqualTo(model.numbers);
  }

  private static void check(
      Model model, Map<String, Claim> told, String user, int units, ClaimResult result) {
    int before = model.held(user).size();
    assertThat(summary(result)).isEqualTo(model.claim(user, units));
    if (result instanceof Issued issued) {
      assertThat(before).isLessThan(units);
      told.put(user, issued.claim());
    } else if (result instanceof AlreadyClaimed already) {
      assertThat(already.claim()).isEqualTo(told.get(user));
    }
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

  private static Object summary(ClaimResult result) {
    if (result instanceof Issued issued) {
      return numbers(issued.claim());
    }
    if (result instanceof AlreadyClaimed already) {
      return numbers(already.claim());
    }
    return ((Refused) result).reason();
  }

  private static List<Long> numbers(Claim claim) {
    return claim.units() == null
        ? List.of(claim.sequence())
        : claim.units().stream().map(Claim.Unit::sequence).toList();
  }

  @Provide
  Arbitrary<List<Operation>> operations() {
    Arbitrary<List<String>> users = Arbitraries.of(USERS).list().ofMinSize(1).ofMaxSize(5);
    Arbitrary<Operation> claim = users.map(Operation.Claim::new);
    Arbitrary<Operation> units =
        Arbitraries.of(USERS)
            .flatMap(
                user ->
                    Arbitraries.integers().between(1, 4).map(n -> new Operation.Units(user, n)));
    Arbitrary<Operation> change =
        Combinators.combine(
                Arbitraries.of(UnitChange.values()),
                Arbitraries.of(USERS),
                Arbitraries.of("o-1", "o-2", "o-3"))
            .as(
                (what, user, order) ->
                    new Operation.Change(what, user, what == UnitChange.REVOKE ? "" : order));
    Arbitrary<Operation> quantity = Arbitraries.longs().between(1, 8).map(Operation.Quantity::new);
    Arbitrary<Operation> status =
        Arbitraries.frequencyOf(
                Tuple.of(5, Arbitraries.of("open", "paused")),
                Tuple.of(1, Arbitraries.just("closed")))
            .map(Operation.SetStatus::new);
    Arbitrary<Operation> audience =
        users.flatMap(
            list -> Arbitraries.of(true, false).map(add -> new Operation.Audience(add, list)));
    return Arbitraries.frequencyOf(
            Tuple.of(6, claim),
            Tuple.of(6, units),
            Tuple.of(8, change),
            Tuple.of(1, quantity),
            Tuple.of(1, status),
            Tuple.of(2, audience))
        .list()
        .ofMinSize(1)
        .ofMaxSize(40);
  }
}
