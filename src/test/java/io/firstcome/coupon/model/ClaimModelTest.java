package io.firstcome.coupon.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.coupon.CouponFixture;
import io.firstcome.coupon.model.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.model.ClaimResult.Issued;
import io.firstcome.coupon.model.ClaimResult.Reason;
import io.firstcome.coupon.model.ClaimResult.Refused;
import io.firstcome.coupon.script.ChangeResult;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.redis.RealRedis;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
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

    record Quantity(long quantity) implements Operation {}

    record SetStatus(String status) implements Operation {}

    record Audience(boolean add, List<String> users) implements Operation {}
  }

  /** The rules in a few lines of Java. */
  private static final class Model {
    final Map<String, Long> sequences = new LinkedHashMap<>();
    final Set<String> audience = new HashSet<>(List.of("a", "b", "c", "d"));
    long quantity = 4;
    String status = "open";
    long version = 1;

    Object claim(String user) {
      if (sequences.containsKey(user)) {
        return sequences.get(user);
      }
      if (status.equals("closed")) {
        return Reason.CLOSED;
      }
      if (status.equals("paused")) {
        return Reason.PAUSED;
      }
      if (sequences.size() >= quantity) {
        return Reason.SOLD_OUT;
      }
      if (!audience.contains(user)) {
        return Reason.NOT_ELIGIBLE;
      }
      sequences.put(user, sequences.size() + 1L);
      return sequences.get(user);
    }

    boolean change(long newQuantity, String newStatus) {
      if (newQuantity == quantity && newStatus.equals(status)) {
        return true;
      }
      if (status.equals("closed") && !newStatus.equals("closed")
          || newQuantity < sequences.size()) {
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
        new CouponFixture(RealRedis.shared()).publishForAudience(4, "a", "b", "c", "d");
    Model model = new Model();
    Map<String, Claim> told = new LinkedHashMap<>();

    for (Operation operation : operations) {
      if (operation instanceof Operation.Claim claim) {
        List<ClaimResult> results = coupon.claim(claim.users());
        for (int i = 0; i < results.size(); i++) {
          String user = claim.users().get(i);
          boolean before = model.sequences.containsKey(user);
          assertThat(summary(results.get(i))).isEqualTo(model.claim(user));
          if (results.get(i) instanceof Issued issued) {
            assertThat(before).isFalse();
            told.put(user, issued.claim());
          } else if (results.get(i) instanceof AlreadyClaimed already) {
            assertThat(already.claim()).isEqualTo(told.get(user));
          }
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
      assertThat(state.issued()).isEqualTo(model.sequences.size());
      assertThat(state.sequence()).isEqualTo(model.sequences.size());
      assertThat(state.quantity()).isEqualTo(model.quantity);
      assertThat(state.version()).isEqualTo(model.version);
      assertThat(state.audience()).isEqualTo(model.audience.size());
    }
    assertThat(ledgerOrder(coupon)).isEqualTo(List.copyOf(model.sequences.keySet()));
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
      return issued.claim().sequence();
    }
    if (result instanceof AlreadyClaimed already) {
      return already.claim().sequence();
    }
    return ((Refused) result).reason();
  }

  @Provide
  Arbitrary<List<Operation>> operations() {
    Arbitrary<List<String>> users = Arbitraries.of(USERS).list().ofMinSize(1).ofMaxSize(5);
    Arbitrary<Operation> claim = users.map(Operation.Claim::new);
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
            Tuple.of(6, claim), Tuple.of(1, quantity), Tuple.of(1, status), Tuple.of(2, audience))
        .list()
        .ofMinSize(1)
        .ofMaxSize(30);
  }
}
