package io.firstcome.metrics;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Bounds the number of time series: the first {@code firstcome.metrics.max-coupons} coupons seen
 * get a label of their own until they are archived, all others share {@code _other}. Ask for
 * coupons that are known to exist only, otherwise nonsense ids use up the labels.
 */
@ApplicationScoped
public class CouponLabels {

  /** The label of coupons without one of their own. No coupon's id has an underscore. */
  public static final String OTHER = "_other";

  private final ConcurrentMap<String, String> labels = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, CouponLabels> ofOtherTypes = new ConcurrentHashMap<>();
  private final int max;

  @Inject
  CouponLabels(MetricsConfig config) {
    this(config.maxCoupons());
  }

  /**
   * @param max how many coupons get a label of their own
   */
  public CouponLabels(int max) {
    this.max = max;
  }

  /**
   * The labels of things of another type than coupons, as many as coupons have: they use up none of
   * those.
   */
  public CouponLabels forType(String name) {
    return name.equals("coupon")
        ? this
        : ofOtherTypes.computeIfAbsent(name, other -> new CouponLabels(max));
  }

  /** The label of a coupon that exists. */
  public String of(String couponId) {
    String label = labels.get(couponId);
    if (label != null) {
      return label;
    }
    if (labels.size() >= max) {
      return OTHER;
    }
    synchronized (this) {
      return labels.size() < max ? labels.computeIfAbsent(couponId, id -> id) : OTHER;
    }
  }

  /** The coupons that have a label of their own. */
  public Set<String> owners() {
    return Set.copyOf(labels.keySet());
  }

  /** The label of a coupon that has ended goes to the next one. */
  public void giveBack(String couponId) {
    labels.remove(couponId);
  }

  /** Gives a coupon that exists a label of its own, if one is free; whether it has one then. */
  public boolean assignTo(String couponId) {
    return of(couponId).equals(couponId);
  }

  /** How many coupons get a label of their own. */
  public int max() {
    return max;
  }

  /** Whether this coupon has no label of its own yet, and could get one. */
  public boolean hasRoomFor(String couponId) {
    return labels.size() < max && !labels.containsKey(couponId);
  }

  /** The label of a coupon that may not exist: its own only where it has one already. */
  public String ofKnown(String couponId) {
    return labels.getOrDefault(couponId, OTHER);
  }
}
