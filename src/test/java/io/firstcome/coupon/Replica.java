package io.firstcome.coupon;

import io.firstcome.coupon.code.TestCodes;
import io.firstcome.coupon.hot.BatchConfig;
import io.firstcome.coupon.hot.HotCoupons;
import io.firstcome.coupon.recovery.CouponApplier;
import io.firstcome.coupon.recovery.CouponLoad;
import io.firstcome.coupon.recovery.RecoveryConfig;
import io.firstcome.coupon.recovery.RetentionConfig;
import io.firstcome.coupon.recovery.SequenceWindow;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.ledger.DeadLetter;
import io.firstcome.ledger.LedgerApplier;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.ledger.Peer;
import io.firstcome.ledger.drain.OwnDrainer;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.recovery.LoadConfig;
import io.firstcome.recovery.Loader;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.mutiny.sqlclient.Pool;
import java.util.List;
import java.util.Map;

/** Another replica, part by part, for tests that decide when each part acts. */
public final class Replica {

  private final Stores stores;
  private Peer peer;

  public Replica(Stores stores) {
    this.stores = stores;
  }

  public Loader loader() {
    return loader(scripts(), stores.mysql());
  }

  public Loader loader(Pool mysql) {
    return loader(scripts(), mysql);
  }

  public Loader loader(CouponScripts scripts) {
    return loader(scripts, stores.mysql());
  }

  /** Of one that does not believe another Redis. */
  public Loader disbelievingLoader() {
    return loader(
        scripts(), stores.mysql(), lending(Map.of("firstcome.recovery.believe", "false")));
  }

  private Loader loader(CouponScripts scripts, Pool mysql) {
    return loader(scripts, mysql, lending(Map.of()));
  }

  private Loader loader(CouponScripts scripts, Pool mysql, SequenceWindow lending) {
    return new Loader(
        new CouponLoad(scripts, lending, new HotCoupons(null, Peer.settings(BatchConfig.class))),
        stores.scripts(),
        peer().idleDrainer(),
        null,
        mysql,
        peer().calls(),
        Peer.settings(LoadConfig.class),
        new SimpleMeterRegistry());
  }

  private SequenceWindow lending(Map<String, String> settings) {
    return new SequenceWindow(
        transactions(),
        scripts(),
        peer().config(),
        Peer.settings(RecoveryConfig.class, settings),
        Peer.settings(RetentionConfig.class));
  }

  public SqlTransactions transactions() {
    return peer().transactions();
  }

  public CouponApplier applier() {
    return new CouponApplier(
        peer().config(),
        scripts(),
        lending(Map.of()),
        TestCodes.books(stores.mysql(), peer().calls()),
        coupon -> {});
  }

  /** What a script appends when it issues this number to this user. */
  public static LedgerEntry claim(long epoch, long sequence, String user) {
    return new LedgerEntry(
        "1-1",
        Map.of(
            "format",
            "1",
            "kind",
            "claims",
            "epoch",
            String.valueOf(epoch),
            "at",
            "1900000000000000",
            "first",
            String.valueOf(sequence),
            "users",
            user));
  }

  /** Drains these entries, and does not take them from the ledger. */
  public List<DeadLetter> apply(String couponId, List<LedgerEntry> entries) {
    return transactions().run(tx -> applier().apply(tx, couponId, entries));
  }

  public OwnDrainer drainer(LedgerApplier applier) {
    return peer().drainer(applier);
  }

  private CouponScripts scripts() {
    return new CouponScripts(stores.scripts(), Stores.MAX_UNDRAINED);
  }

  /** Not before the application runs. */
  private Peer peer() {
    if (peer == null) {
      peer = new Peer(stores.scripts(), stores.mysql().getDelegate());
    }
    return peer;
  }
}
