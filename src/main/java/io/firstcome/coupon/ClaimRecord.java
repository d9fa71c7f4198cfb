package io.firstcome.coupon;

import io.firstcome.mysql.Micros;
import io.quarkus.hibernate.reactive.panache.PanacheEntityBase;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.LocalDateTime;

/** A claim as MySQL keeps it. Only read here: the ledger writes it. */
@Entity
@Table(name = "claim")
@IdClass(ClaimRecord.Key.class)
class ClaimRecord extends PanacheEntityBase {

  /** A sequence number is given once a coupon. */
  record Key(String couponId, long sequence) implements Serializable {}

  @Id
  @Column(name = "coupon_id")
  public String couponId;

  @Id public long sequence;

  @Column(name = "user_id")
  public String userId;

  @Column(name = "issued_at")
  public LocalDateTime issuedAt;

  Claim claim() {
    return new Claim(couponId, userId, sequence, Micros.toInstant(issuedAt));
  }
}
