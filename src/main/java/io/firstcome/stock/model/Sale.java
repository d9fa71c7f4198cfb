package io.firstcome.stock.model;

import io.firstcome.durability.Acknowledge;
import io.firstcome.durability.AcknowledgeColumn;
import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** A sale as MySQL keeps it. */
@Entity
@Table(name = "sale")
public class Sale {

  @Id public String id;

  public String name;

  @Column(updatable = false)
  public long epoch;

  @Column(updatable = false)
  @Convert(converter = AcknowledgeColumn.class)
  public Acknowledge acknowledge;

  /** ISO 4217; null where its items have no prices. */
  @Column(updatable = false)
  public String currency;

  /** The queue whose pass a reservation needs; empty: none. */
  @Column(name = "queue_id", updatable = false)
  public String queue;

  /** SHA-256 of the request that created it, 64 hexadecimal digits. */
  @Column(updatable = false)
  public String creation;
}
