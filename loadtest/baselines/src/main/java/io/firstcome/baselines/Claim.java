package io.firstcome.baselines;

import java.time.Instant;
import org.springframework.http.ResponseEntity;

record Claim(String couponId, String userId, long sequence, Instant issuedAt) {

  ResponseEntity<Object> issued() {
    return ResponseEntity.status(201).body(this);
  }

  ResponseEntity<Object> alreadyClaimed() {
    return ResponseEntity.status(409).body(this);
  }

  static ResponseEntity<Object> soldOut() {
    return ResponseEntity.status(409).body("{\"title\":\"Sold out\"}");
  }
}
