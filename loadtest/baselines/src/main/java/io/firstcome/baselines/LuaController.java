package io.firstcome.baselines;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.springframework.core.io.ClassPathResource;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** One atomic script a request, over Lettuce's one multiplexed connection. */
@RestController
class LuaController {
  private static final RedisScript<String> CLAIM =
      RedisScript.of(new ClassPathResource("claim.lua"), String.class);

  private final StringRedisTemplate redis;

  LuaController(StringRedisTemplate redis) {
    this.redis = redis;
  }

  @PostMapping("/lua/coupons/{couponId}/claims")
  ResponseEntity<Object> claim(
      @PathVariable("couponId") String couponId, @RequestHeader("X-User-Id") String userId) {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
    String answer = redis.execute(CLAIM, keys(couponId), userId, now.toString());
    if (answer.equals("-1")) {
      return Claim.soldOut();
    }
    int space = answer.indexOf(' ');
    return space < 0
        ? new Claim(couponId, userId, Long.parseLong(answer), now).issued()
        : held(couponId, userId, answer).alreadyClaimed();
  }

  static Claim held(String couponId, String userId, String holding) {
    int space = holding.indexOf(' ');
    return new Claim(
        couponId,
        userId,
        Long.parseLong(holding.substring(0, space)),
        Instant.parse(holding.substring(space + 1)));
  }

  /** The coupon, its claimants, its ledger. */
  static List<String> keys(String couponId) {
    String tag = "baseline:{" + couponId + "}:";
    return List.of(tag + "coupon", tag + "claimants", tag + "ledger");
  }
}
