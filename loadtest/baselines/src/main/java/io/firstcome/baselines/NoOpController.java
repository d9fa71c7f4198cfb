package io.firstcome.baselines;

import java.time.Instant;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** What the HTTP stack alone costs. */
@RestController
class NoOpController {
  private static final Instant THEN = Instant.parse("2026-11-20T23:49:41.680996Z");

  @PostMapping("/noop/coupons/{couponId}/claims")
  ResponseEntity<Object> claim(
      @PathVariable("couponId") String couponId, @RequestHeader("X-User-Id") String userId) {
    return new Claim(couponId, userId, 12_345, THEN).issued();
  }
}
