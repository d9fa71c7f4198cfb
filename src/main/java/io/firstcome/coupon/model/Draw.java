package io.firstcome.coupon.model;

import io.firstcome.http.input.Commitment;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.util.Locale;

/**
 * The draw of a lottery, as it is when the coupon is created: what is fixed before anybody enters.
 * The draw itself fills the other columns.
 */
@Entity
@Table(name = "draw")
@IdClass(Draw.Key.class)
public class Draw {

  /** A draw of a coupon. */
  public record Key(String couponId, int number) implements Serializable {}

  /** How far a draw is. */
  public enum State {
    /** Entries are accepted, or the coupon is not open yet. */
    ENTERING,
    /** Nobody can enter or withdraw any more; the entries are being listed. */
    FREEZING,
    /** The list of the entries is fixed and its root is published; the seed is not known yet. */
    FROZEN,
    /** The winners hold their units. */
    DRAWN,
    /** The public value never came, and the coupon was created with {@link Fallback#CANCEL}. */
    CANCELLED;

    /** As it stands in MySQL. */
    public String stored() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static State ofStored(String stored) {
      return valueOf(stored.toUpperCase(Locale.ROOT));
    }
  }

  /** What happens if the public value never comes. */
  public enum Fallback {
    /** The seed is made of the secret alone. */
    SECRET_ONLY,
    /** Nobody wins. */
    CANCEL;

    /** As it stands in MySQL. */
    public String stored() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Fallback ofStored(String stored) {
      return valueOf(stored.toUpperCase(Locale.ROOT));
    }
  }

  @Id
  @Column(name = "coupon_id")
  public String couponId;

  /** From 1. */
  @Id public int number;

  /** See {@link State}. */
  public String state = State.ENTERING.stored();

  /** Its commitment is published at once, the secret with the winners. 64 hexadecimal digits. */
  public String secret;

  /** Salts of entries are derived from it; it is never published. 64 hexadecimal digits. */
  @Column(name = "salt_key")
  public String saltKey;

  /** How many tickets an entry has, an expression; empty: one. */
  public String tickets;

  /** Which public value becomes a part of the seed; null: none. */
  @Column(name = "public_name")
  public String publicName;

  /** See {@link Fallback}; null where there is no public value. */
  public String fallback;

  /** How long after the freeze the public value is accepted; null where there is none. */
  @Column(name = "within_seconds")
  public Long withinSeconds;

  /** The first draw of a coupon. */
  static Draw first(String couponId, NewLottery lottery) {
    Draw draw = new Draw();
    draw.couponId = couponId;
    draw.number = 1;
    draw.secret = Commitment.newSecret();
    draw.saltKey = Commitment.newSecret();
    draw.tickets = lottery.tickets();
    NewLottery.PublicValue value = lottery.publicValue();
    if (value != null) {
      draw.publicName = value.name();
      draw.fallback = value.fallback().stored();
      draw.withinSeconds = value.withinSeconds();
    }
    return draw;
  }
}
