package io.firstcome.baselines;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** The coupon's row locked while the claim is written: one transaction a request. */
@RestController
class MySqlForUpdateController {
  private record Coupon(long quantity, long issued) {}

  private final JdbcClient jdbc;
  private final TransactionTemplate transaction;

  MySqlForUpdateController(JdbcClient jdbc, TransactionTemplate transaction) {
    this.jdbc = jdbc;
    this.transaction = transaction;
  }

  @PostMapping("/mysql-for-update/coupons/{couponId}/claims")
  ResponseEntity<Object> claim(
      @PathVariable("couponId") String couponId, @RequestHeader("X-User-Id") String userId) {
    return transaction.execute(status -> decide(couponId, userId));
  }

  private ResponseEntity<Object> decide(String couponId, String userId) {
    Coupon coupon =
        jdbc.sql("SELECT quantity, issued FROM baseline_coupon WHERE id = ? FOR UPDATE")
            .param(couponId)
            .query((row, n) -> new Coupon(row.getLong(1), row.getLong(2)))
            .single();
    List<Claim> held =
        jdbc.sql(
                "SELECT sequence, issued_at FROM baseline_claim WHERE coupon_id = ? AND user_id = ?")
            .params(couponId, userId)
            .query(
                (row, n) ->
                    new Claim(
                        couponId,
                        userId,
                        row.getLong(1),
                        row.getObject(2, LocalDateTime.class).toInstant(ZoneOffset.UTC)))
            .list();
    if (!held.isEmpty()) {
      return held.get(0).alreadyClaimed();
    }
    if (coupon.issued() >= coupon.quantity()) {
      return Claim.soldOut();
    }
    long sequence = coupon.issued() + 1;
    Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
    jdbc.sql(
            "INSERT INTO baseline_claim (coupon_id, sequence, user_id, issued_at) VALUES (?, ?, ?, ?)")
        .params(couponId, sequence, userId, LocalDateTime.ofInstant(now, ZoneOffset.UTC))
        .update();
    jdbc.sql("UPDATE baseline_coupon SET issued = ? WHERE id = ?")
        .params(sequence, couponId)
        .update();
    return new Claim(couponId, userId, sequence, now).issued();
  }
}
