package io.firstcome.coupon;

import io.firstcome.ledger.Loadable;
import io.firstcome.ledger.Micros;
import io.firstcome.ledger.Staging;
import io.firstcome.ledger.Staging.Staged;
import io.firstcome.web.ProblemType;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import java.time.LocalDateTime;
import java.util.List;

/** What is loaded of a coupon: its definition, its claimants and its audience. */
final class CouponLoad implements Loadable {

  private final CouponScripts coupons;

  CouponLoad(CouponScripts coupons) {
    this.coupons = coupons;
  }

  @Override
  public String noun() {
    return "coupon";
  }

  @Override
  public ProblemType unknown() {
    return ProblemType.UNKNOWN_COUPON;
  }

  @Override
  public String tag(String couponId) {
    return couponId;
  }

  @Override
  public Uni<?> read(String couponId) {
    return coupons.read(couponId, null);
  }

  @Override
  public String publish(Staging staging) {
    String couponId = staging.id();
    Row definition =
        staging
            .await(
                staging.query(
                    "SELECT epoch, version, status, name, quantity, opens_at, closes_at, audience,"
                        + " acknowledge, on_loss, rehearsal FROM coupon WHERE id = ?",
                    couponId))
            .iterator()
            .next();
    Staged claimants = claimants(staging);
    boolean forAll = !definition.getBoolean("audience");
    long audience = forAll ? -1 : audience(staging).size();
    LocalDateTime opensAt = definition.getLocalDateTime("opens_at");
    LocalDateTime closesAt = definition.getLocalDateTime("closes_at");
    return staging.await(
        coupons.publish(
            couponId,
            staging.token(),
            List.of(
                definition.getLong("epoch").toString(),
                definition.getLong("version").toString(),
                definition.getString("status"),
                definition.getString("name"),
                definition.getLong("quantity").toString(),
                String.valueOf(Micros.of(opensAt)),
                String.valueOf(Micros.of(closesAt)),
                String.valueOf(audience),
                String.valueOf(claimants.last() == null ? 0 : claimants.last().getLong(0)),
                String.valueOf(claimants.size()),
                String.valueOf(claimants.size()),
                definition.getString("acknowledge"),
                definition.getString("on_loss"),
                definition.getBoolean("rehearsal") ? "1" : "0")));
  }

  private Staged claimants(Staging staging) {
    return staging.stage(
        last ->
            staging.query(
                "SELECT sequence, user_id, issued_at FROM claim"
                    + " WHERE coupon_id = ? AND sequence > ? ORDER BY sequence LIMIT ?",
                staging.id(),
                last == null ? 0L : last.getLong(0),
                staging.chunk()),
        staging.chunk(),
        row -> List.of(row.getString(1), row.getLong(0) + ":" + Micros.of(row.getLocalDateTime(2))),
        members -> stage(staging, "claimants", members));
  }

  private Staged audience(Staging staging) {
    return staging.stage(
        last ->
            staging.query(
                "SELECT user_id FROM audience_member"
                    + " WHERE coupon_id = ? AND user_id > ? ORDER BY user_id LIMIT ?",
                staging.id(),
                last == null ? "" : last.getString(0),
                staging.chunk()),
        staging.chunk(),
        row -> List.of(row.getString(0)),
        members -> stage(staging, "audience", members));
  }

  private Uni<Boolean> stage(Staging staging, String what, List<String> members) {
    return coupons.stage(staging.id(), staging.token(), staging.ttl(), what, members);
  }
}
