package io.firstcome.coupon;

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
final class Replica {

  private final Stores stores;
  private Peer peer;

  Replica(Stores stores) {
    this.stores = stores;
  }

  Loader loader() {
    return loader(scripts(), stores.mysql());
  }

  Loader loader(Pool mysql) {
    return loader(scripts(), mysql);
  }

  Loader loader(CouponScripts scripts) {
    return loader(scripts, stores.mysql());
  }

  /** Of one that does not believe another Redis. */
  Loader disbelievingLoader() {
    return loader(
        scripts(), stores.mysql(), lending(Map.of("firstcome.recovery.believe", "false")));
  }

  private Loader loader(CouponScripts scripts, Pool mysql) {
    return loader(scripts, mysql, lending(Map.of()));
  }

  private Loader loader(CouponScripts scripts, Pool mysql, Lending lending) {
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

  private Lending lending(Map<String, String> settings) {
    return new Lending(
        transactions(),
        scripts(),
        peer().config(),
        Peer.settings(RecoveryConfig.class, settings),
        Peer.settings(RetentionConfig.class));
  }

  SqlTransactions transactions() {
    return peer().transactions();
  }

  CouponApplier applier() {
    return new CouponApplier(peer().config(), scripts(), lending(Map.of()), coupon -> {});
  }

  /** What a script appends when it issues this number to this user. */
  static LedgerEntry claim(long epoch, long sequence, String user) {
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
  List<DeadLetter> apply(String couponId, List<LedgerEntry> entries) {
    return transactions().run(tx -> applier().apply(tx, couponId, entries));
  }

  OwnDrainer drainer(LedgerApplier applier) {
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
