package io.firstcome.coupon.model;

import io.firstcome.mysql.InstantColumn;
import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Instant;

/** A claim as MySQL keeps it. Only read here: the ledger writes it. */
@Entity
@Table(name = "claim")
@IdClass(ClaimRecord.Key.class)
public class ClaimRecord {

  /** A sequence number is given once a coupon. */
  public record Key(String couponId, long sequence) implements Serializable {}

  @Id
  @Column(name = "coupon_id")
  public String couponId;

  @Id public long sequence;

  @Column(name = "user_id")
  public String userId;

  @Column(name = "issued_at")
  @Convert(converter = InstantColumn.class)
  public Instant issuedAt;

  /** Null: as it was issued, see {@link ClaimHolding.State}. */
  public String state;
}
