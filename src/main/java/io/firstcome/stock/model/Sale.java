package io.firstcome.stock.model;

import io.firstcome.durability.Acknowledge;
import io.firstcome.durability.AcknowledgeColumn;
import io.firstcome.lifecycle.Lifecycle;
import io.firstcome.lifecycle.Status;
import io.firstcome.lifecycle.StatusColumn;
import io.firstcome.mysql.InstantColumn;
import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;

/** A sale as MySQL keeps it. */
@Entity
@Table(name = "sale")
public class Sale {

  @Id public String id;

  @Column(updatable = false)
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

  /** Its definition follows the ledger, see {@link SaleDefinition}. */
  @Column(updatable = false)
  @Convert(converter = StatusColumn.class)
  public Status status;

  @Column(name = "opens_at", updatable = false)
  @Convert(converter = InstantColumn.class)
  public Instant opensAt;

  @Column(name = "closes_at", updatable = false)
  @Convert(converter = InstantColumn.class)
  public Instant closesAt;

  @Column(updatable = false)
  public long version;

  /** SHA-256 of the request that created it, 64 hexadecimal digits. */
  @Column(updatable = false)
  public String creation;

  /** When it gives units. */
  public Lifecycle lifecycle() {
    return new Lifecycle(status, opensAt, closesAt);
  }
}
