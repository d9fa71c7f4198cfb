package io.firstcome.stock;

import io.firstcome.http.input.Digests;
import io.firstcome.lifecycle.Lifecycle;
import io.firstcome.lifecycle.Status;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.firstcome.stock.model.Change;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.ReservationIds;
import io.firstcome.stock.model.ReservationRecord;
import io.firstcome.stock.model.ReservationRequest;
import io.firstcome.stock.model.SaleDefinition;
import io.firstcome.stock.model.Stock;
import io.firstcome.stock.model.Strategy;
import io.firstcome.stock.script.ReservationAnswer;
import io.firstcome.stock.script.StockScripts;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A sale in a real Redis, published as a loader would, and its scripts. */
public final class SaleFixture {

  public static final Duration LONG = Duration.ofHours(1);

  /** As many of a user as can be counted. */
  public static final StockScripts.Bounds UNBOUNDED =
      new StockScripts.Bounds(10_000, 10_000, 10_000);

  /** Over before the next script runs. */
  public static final Duration SHORT = Duration.ofNanos(1_000);

  public final RealRedis redis;
  public final String id = RealRedis.freshTag();
  public final String tag = Keys.sale(id);
  public final StockScripts scripts;

  private int epoch;
  private final SaleDefinition definition =
      new SaleDefinition("A sale", new Lifecycle(Status.OPEN, null, null), 1);

  public SaleFixture(RealRedis redis) {
    this(redis, 100_000);
  }

  public SaleFixture(RealRedis redis, int maxUndrained) {
    this(redis, maxUndrained, UNBOUNDED);
  }

  public SaleFixture(RealRedis redis, int maxUndrained, StockScripts.Bounds bounds) {
    this.redis = redis;
    this.scripts = new StockScripts(redis.scripts(), maxUndrained, bounds);
  }

  /** Publishes a sale of items without a limit: item to units. */
  public SaleFixture publish(Map<String, Integer> units) {
    Map<String, String> items = new TreeMap<>();
    units.forEach((item, n) -> items.put(item, numbers(n, n, 0, 0, 0)));
    publish(items, List.of(), Map.of(), Map.of());
    return this;
  }

  public static String numbers(long total, long available, long held, long sold, long limit) {
    return total + " " + available + " " + held + " " + sold + " " + limit;
  }

  /** Publishes what there is, in the next epoch. */
  public void publish(
      Map<String, String> items,
      List<ReservationRecord> reservations,
      Map<String, String> takers,
      Map<String, String> restocks) {
    redis.send(Command.SET, Keys.loadLease(tag), "token");
    stage("stock", flat(items));
    stage("takers", flat(takers));
    stage("restocks", flat(restocks));
    List<String> members = new ArrayList<>();
    for (ReservationRecord one : reservations) {
      members.add(one.id());
      members.add(one.text());
    }
    stage("reservations", members);
    long held = reservations.stream().filter(r -> r.status() == Reservation.Status.HELD).count();
    String answer =
        await(
            scripts.publish(
                id,
                "token",
                List.of(
                    String.valueOf(++epoch),
                    String.valueOf(items.size()),
                    String.valueOf(reservations.size()),
                    String.valueOf(held),
                    String.valueOf(takers.size()),
                    String.valueOf(restocks.size()),
                    "redis"),
                definition));
    if (!answer.equals("PUBLISHED")) {
      throw new IllegalStateException(answer);
    }
  }

  private void stage(String part, List<String> members) {
    if (!await(scripts.stage(id, "token", Duration.ofMinutes(1), part, members))) {
      throw new IllegalStateException("The lease is lost");
    }
  }

  private static List<String> flat(Map<String, String> map) {
    List<String> flat = new ArrayList<>();
    map.forEach(
        (field, value) -> {
          flat.add(field);
          flat.add(value);
        });
    return flat;
  }

  public ReservationRequest order(
      String user,
      String key,
      ReservationRequest.Mode mode,
      Duration ttl,
      Map<String, Long> items) {
    TreeMap<String, Long> quantities = new TreeMap<>(items);
    return new ReservationRequest(
        id, user, key, Digests.of(mode + "" + ttl + quantities), quantities, mode, ttl);
  }

  /** All or nothing, for long, under a key of its own. */
  public Reservation reserve(String user, String key, String item, long units) {
    return reserve(
        order(user, key, ReservationRequest.Mode.ALL_OR_NOTHING, LONG, Map.of(item, units)));
  }

  public Reservation reserve(ReservationRequest order) {
    String next = ReservationIds.next(Strategy.HOT);
    return await(scripts.reserve(next, order)).result(0, next, order);
  }

  public Reservation confirm(String reservationId) {
    return reservation(await(scripts.settle(id, reservationId, true, null)));
  }

  public Reservation cancel(String reservationId, String user) {
    return reservation(await(scripts.settle(id, reservationId, false, user)));
  }

  public Reservation read(String reservationId) {
    return reservation(await(scripts.read(id, reservationId, null)));
  }

  /** By the owner, or anybody for {@link Change#UNDONE}. */
  public StockScripts.Changed change(
      Change what, String reservationId, Duration time, ReservationRecord inMySql) {
    return await(
        scripts.change(
            new StockScripts.ChangeRequest(id, reservationId, what, null, time, "shop", "a reason"),
            inMySql));
  }

  private static Reservation reservation(ReservationAnswer told) {
    return told == null ? null : told.reservation();
  }

  /** {@code total available held sold} of an item. */
  public String level(String item) {
    Stock.Level level = await(scripts.levels(id, List.of(item))).levels().get(0);
    return level.total() + " " + level.available() + " " + level.held() + " " + level.sold();
  }

  public StockScripts.Restocked restock(String item, String key, long units) {
    return await(scripts.restock(new Stock.Restock(id, item, key, units, "a reason", "operator")));
  }

  /** The ledger's entries, oldest first, without their ids. */
  public List<Map<String, String>> ledger() {
    List<Map<String, String>> entries = new ArrayList<>();
    for (Response entry : redis.send(Command.XRANGE, Keys.ledger(tag), "-", "+")) {
      Map<String, String> fields = new LinkedHashMap<>();
      Response flat = entry.get(1);
      for (int i = 0; i < flat.size(); i += 2) {
        fields.put(flat.get(i).toString(), flat.get(i + 1).toString());
      }
      entries.add(fields);
    }
    return entries;
  }

  public static <T> T await(Uni<T> uni) {
    return uni.await().atMost(Duration.ofSeconds(5));
  }
}
