package io.firstcome.order.audit;

import static io.firstcome.order.OrderApi.body;
import static io.firstcome.order.OrderApi.id;
import static io.firstcome.order.OrderApi.place;
import static io.firstcome.order.OrderApi.sale;
import static io.firstcome.order.OrderApi.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.firstcome.InsideTheBuild;
import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.order.OrderApi;
import io.firstcome.order.audit.OrderAudit.Part;
import io.firstcome.payment.PaymentApi;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An order that ended has what it says, and an audit sees where it has not. */
@QuarkusTest
@InsideTheBuild("calls the audit, which otherwise runs every ten minutes")
class OrderAuditTest {

  @RegisterExtension static final Stores stores = new Stores();

  @Inject OrderAudit audit;

  @Test
  void auditsRunByThemselves() {
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .contains("firstcome-audit-orders", "firstcome-audit-wallets");
  }

  @Test
  void anOrderThatDisagreesWithWhatItTookIsFound() {
    String user = PaymentApi.userWith(1_000);
    String sale = sale(5, 100);
    String coupon = Api.create(5);
    Api.claim(coupon, user).statusCode(201);
    String confirmed =
        id(place(user, "a", with(body(sale, 1, "WALLET"), "couponId", coupon)).statusCode(201));
    String poor = PaymentApi.userWith(1);
    String cancelled =
        OrderApi.cancelled(place(poor, "b", body(sale, 1, "WALLET")).statusCode(402));
    // The drain is behind the answer.
    await().atMost(Stores.SOON).until(() -> reservation(cancelled).equals("CANCELLED"));
    // Other tests have left what they broke.
    Map<Part, Long> before = audit.compare(0);

    breaks("UPDATE payment SET amount = amount + 1 WHERE id = ?", OrderApi.chargeOf(confirmed));
    assertMore(before, Part.PAYMENT);
    breaks("UPDATE payment SET amount = amount - 1 WHERE id = ?", OrderApi.chargeOf(confirmed));
    breaks(
        "UPDATE reservation SET status = 'EXPIRED' WHERE id ="
            + " (SELECT reservation_id FROM orders WHERE id = ?)",
        confirmed);
    assertMore(before, Part.RESERVATION);
    breaks(
        "UPDATE reservation SET status = 'CONFIRMED' WHERE id ="
            + " (SELECT reservation_id FROM orders WHERE id = ?)",
        confirmed);
    breaks("UPDATE claim SET state = 'unredeemed' WHERE reference = ?", confirmed);
    assertMore(before, Part.COUPON);
    breaks("UPDATE claim SET state = 'redeemed' WHERE reference = ?", confirmed);

    // A coupon and money that a cancelled order keeps.
    breaks("UPDATE claim SET reference = '" + cancelled + "' WHERE reference = ?", confirmed);
    breaks("UPDATE claim SET user_id = '" + poor + "' WHERE reference = ?", cancelled);
    breaks("UPDATE payment SET outcome = 'SUCCEEDED' WHERE id = ?", OrderApi.chargeOf(cancelled));
    Map<Part, Long> after = audit.compare(0);
    assertThat(after.getOrDefault(Part.COUPON, 0L))
        .isEqualTo(before.getOrDefault(Part.COUPON, 0L) + 2);
    assertThat(after.getOrDefault(Part.PAYMENT, 0L))
        .isEqualTo(before.getOrDefault(Part.PAYMENT, 0L) + 1);
    breaks("UPDATE payment SET outcome = 'DECLINED' WHERE id = ?", OrderApi.chargeOf(cancelled));
    breaks("UPDATE claim SET user_id = '" + user + "' WHERE reference = ?", cancelled);
    breaks("UPDATE claim SET reference = '" + confirmed + "' WHERE reference = ?", cancelled);
    assertThat(audit.compare(0)).isEqualTo(before);
  }

  private void assertMore(Map<Part, Long> before, Part part) {
    Map<Part, Long> more = new HashMap<>(before);
    more.merge(part, 1L, Long::sum);
    assertThat(audit.compare(0)).isEqualTo(more);
  }

  private static void breaks(String sql, String id) {
    assertThat(stores.sql(sql, id).rowCount()).as(sql).isEqualTo(1);
  }

  private static String reservation(String order) {
    return stores
        .sql(
            "SELECT r.status FROM orders o JOIN reservation r ON r.sale_id = o.sale_id"
                + " AND r.id = o.reservation_id WHERE o.id = ?",
            order)
        .iterator()
        .next()
        .getString(0);
  }
}
