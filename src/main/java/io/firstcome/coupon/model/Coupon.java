package io.firstcome.coupon.model;

import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.List;

/**
 * A coupon's definition as MySQL keeps it. Written once, when it is created; from then on the
 * ledger alone changes it. A campaign's is changed here, see {@code ShardCoordinator}.
 */
@Entity
@Table(name = "coupon")
public class Coupon {

  @Id public String id;

  @Embedded public CouponDefinition definition;

  public boolean audience;

  public long version;

  public long epoch;

  @Column(updatable = false)
  public boolean rehearsal;

  /**
   * How many claims it had when it left Redis, see {@code CouponArchiver}; null where it did not.
   */
  @Column(name = "retired_issued", insertable = false, updatable = false)
  public Long retiredIssued;

  /** Lists leave it out. */
  @Column(insertable = false, updatable = false)
  public boolean archived;

  @Embedded public CouponTerms terms = CouponTerms.DEFAULT;

  /** Null: its units have no codes, or it is a shard, and the campaign's are its. */
  @Embedded public CodeScheme codeScheme;

  /**
   * More than one: a campaign, whose units are held by so many shards. 0: a lottery before its
   * draw, whose entries are the claims of a shard.
   */
  @Column(updatable = false)
  public int shards = 1;

  /** Of a shard: its campaign. */
  @Column(updatable = false)
  public String campaign;

  /** Of a shard: the version of the campaign whose definition it has. */
  @Column(updatable = false)
  public long followed;

  /** Of a shard: units that were granted to it in all. */
  @Column(updatable = false)
  public long granted;

  /** Of a shard: how many of these its quantity has in it. */
  @Column(updatable = false)
  public long taken;

  /** The ids that claims are stored under: its shards', or its own. */
  public List<String> parts() {
    return shards == 1 ? List.of(id) : Shard.all(id, inRedis()).stream().map(Shard::id).toList();
  }

  /** Whether its codes are derived, and not uploaded. */
  public boolean hasDerivedCodes() {
    return terms.codes() == Codes.GENERATED || terms.codes() == Codes.SHARED;
  }

  /** How many shards it has, as Redis is told. */
  public int inRedis() {
    return Math.max(1, shards);
  }

  /** Whether it is a lottery that is not drawn yet. */
  public boolean isUndrawn() {
    return shards == 0;
  }

  /** SHA-256 of the request that created it, 64 hexadecimal digits. */
  @Column(updatable = false)
  public String creation;
}
