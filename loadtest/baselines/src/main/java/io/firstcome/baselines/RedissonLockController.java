package io.firstcome.baselines;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.redisson.api.RLock;
import org.redisson.api.RedissonClient;
import org.springframework.data.redis.connection.stream.StreamRecords;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** A distributed lock a coupon, around looking and then writing. */
@RestController
class RedissonLockController {
  private static final long WAIT_SECONDS = 10;
  private static final long LEASE_SECONDS = 5;

  private final RedissonClient redisson;
  private final StringRedisTemplate redis;

  RedissonLockController(RedissonClient redisson, StringRedisTemplate redis) {
    this.redisson = redisson;
    this.redis = redis;
  }

  @PostMapping("/redisson-lock/coupons/{couponId}/claims")
  ResponseEntity<Object> claim(
      @PathVariable("couponId") String couponId, @RequestHeader("X-User-Id") String userId)
      throws InterruptedException {
    RLock lock = redisson.getLock("baseline:{" + couponId + "}:lock");
    if (!lock.tryLock(WAIT_SECONDS, LEASE_SECONDS, TimeUnit.SECONDS)) {
      return ResponseEntity.status(503).build();
    }
    try {
      return decide(couponId, userId);
    } finally {
      if (lock.isHeldByCurrentThread()) {
        lock.unlock();
      }
    }
  }

  private ResponseEntity<Object> decide(String couponId, String userId) {
    List<String> keys = LuaController.keys(couponId);
    String held = redis.<String, String>opsForHash().get(keys.get(1), userId);
    if (held != null) {
      return LuaController.held(couponId, userId, held).alreadyClaimed();
    }
    List<String> coupon =
        redis.<String, String>opsForHash().multiGet(keys.get(0), List.of("quantity", "issued"));
    long sequence = Long.parseLong(coupon.get(1)) + 1;
    if (sequence > Long.parseLong(coupon.get(0))) {
      return Claim.soldOut();
    }
    Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
    redis.opsForHash().put(keys.get(0), "issued", Long.toString(sequence));
    redis.opsForHash().put(keys.get(1), userId, sequence + " " + now);
    redis
        .opsForStream()
        .add(
            StreamRecords.newRecord()
                .in(keys.get(2))
                .ofMap(
                    Map.of(
                        "user", userId,
                        "sequence", Long.toString(sequence),
                        "at", now.toString())));
    return new Claim(couponId, userId, sequence, now).issued();
  }
}
