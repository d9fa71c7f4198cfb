package io.firstcome.history;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a request changes. */
class ChangeTest {

  @ParameterizedTest
  @CsvSource({
    "POST, coupons, coupon, , create",
    "PATCH, coupons/c-1, coupon, c-1, change",
    "POST, coupons/c-1/pause, coupon, c-1, pause",
    "PUT, coupons/c-1/audience, coupon, c-1, audience-add",
    "DELETE, coupons/c-1/audience, coupon, c-1, audience-remove",
    "POST, coupons/c-1/codes, coupon, c-1, codes-add",
    "POST, sales, sale, , create",
    "PATCH, sales/s-1, sale, s-1, change",
    "POST, sales/s-1/items, item, s-1/, create",
    "PATCH, sales/s-1/items/a, item, s-1/a, change",
    "POST, sales/s-1/items/a/restock, item, s-1/a, restock",
    "POST, queues/q-1/drain, queue, q-1, drain",
    "POST, admin/audit/coupons/c-1/repair, coupon, c-1, repair",
    "POST, admin/coupons/c-1/recover, coupon, c-1, recover",
    "POST, admin/events/e-1/recover, event, e-1, recover",
    "POST, admin/ledgers/sale:s-1/dead-letters/1-1/replay, ledger, sale:s-1, replay",
    "POST, admin/ledgers/c-1/dead-letters/replay, ledger, c-1, replay",
    "POST, coupons/c-1/claims/alice/revoke, coupon, c-1, revoke",
    "POST, queues/q-1/call-next, queue, q-1, call-next",
    "POST, series/s-1/stop, series, s-1, stop",
    "POST, coupons/c-1/draw/public-value, coupon, c-1, public-value",
    "POST, admin/orders/o-1/settle, order, o-1, settle",
    "POST, wallets/alice/credits, wallet, , credit",
    "DELETE, admin/users/alice, user, , erase"
  })
  void isReadFromMethodAndPath(
      String method, String path, String type, String subject, String action) {
    assertThat(Change.of(method, "/api/v1/" + path)).isEqualTo(new Change(type, subject, action));
  }
}
