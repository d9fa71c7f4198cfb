package io.firstcome.stock.script;

import io.firstcome.durability.AckTarget;
import io.firstcome.ledger.Announcement;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.mysql.Micros;
import io.firstcome.recovery.LoadScripts;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Script;
import io.firstcome.redis.Scripts;
import io.firstcome.stock.model.Change;
import io.firstcome.stock.model.ReservationLine;
import io.firstcome.stock.model.ReservationRecord;
import io.firstcome.stock.model.ReservationRequest;
import io.firstcome.stock.model.SaleDefinition;
import io.firstcome.stock.model.Stock;
import io.firstcome.stock.model.Stock.Level;
import io.firstcome.stock.model.StockConfig;
import io.firstcome.stock.model.Strategy;
import io.firstcome.work.Chunks;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The scripts of a sale, with Java's types. Every method fails with {@link NotLoadedException}
 * where the script answers LOADING or RECOVERING, and with a {@link
 * io.firstcome.redis.RedisException} where Redis did not do it.
 */
@ApplicationScoped
public class StockScripts {

  /** For how long a key gets the same answer; also in {@code sale-state.lua}. */
  public static final Duration REMEMBERED = Duration.ofHours(24);

  public static final Script RESERVE = Script.named("stock-reserve");
  public static final int RESERVE_KEYS = keys("").size();

  private static final Script SETTLE = Script.named("stock-settle");
  private static final Script CHANGE = Script.named("stock-change");
  private static final Script READ = Script.named("stock-read");
  private static final Script LEVELS = Script.named("stock-levels");
  private static final Script RESTOCK = Script.named("stock-restock");
  private static final Script DEFINE = Script.named("sale-change");
  private static final Script ITEM = Script.named("stock-item");
  private static final Script SWEEP = Script.named("stock-sweep");
  private static final Script STRIP = Script.named("stock-strip");
  private static final Script ERASE = Script.named("sale-erase");
  private static final Script STAGE = Script.named("sale-stage");
  private static final Script PUBLISH = Script.named("sale-publish");
  private static final Script APPEND = Script.named("sale-append");

  /** Reservations that one call strips of their lines. */
  private static final int MOST_STRIPPED = 1_000;

  private final Scripts scripts;
  private final LoadScripts load;
  private final String maxUndrained;
  private final List<String> bounds;

  /** How many of each may be of one user. */
  public record Bounds(int held, int kept, int refusals) {}

  public @Inject StockScripts(Scripts scripts, LedgerConfig ledger, StockConfig stock) {
    this(
        scripts,
        ledger.maxUndrained(),
        new Bounds(stock.maxHeldPerUser(), stock.maxKeptPerUser(), stock.maxRefusalsPerUser()));
  }

  public StockScripts(Scripts scripts, int maxUndrained, Bounds bounds) {
    this.scripts = scripts;
    this.load = new LoadScripts(scripts, STAGE, PUBLISH);
    this.maxUndrained = String.valueOf(maxUndrained);
    this.bounds =
        List.of(
            this.maxUndrained,
            String.valueOf(bounds.held),
            String.valueOf(bounds.kept),
            String.valueOf(bounds.refusals));
  }

  /** Decides one order, which gets this id. */
  public Uni<ReserveReply> reserve(String id, ReservationRequest order) {
    return reserve(id, order, false, false);
  }

  /**
   * The same.
   *
   * @param mysqlAway whether MySQL is known to be away
   * @param redisShort whether what memory Redis has left is for claims
   */
  public Uni<ReserveReply> reserve(
      String id, ReservationRequest order, boolean mysqlAway, boolean redisShort) {
    List<String> args = new ArrayList<>(bounds);
    // The script asks which server it is.
    args.add("");
    args.add(mysqlAway ? "1" : "0");
    args.add(redisShort ? "1" : "0");
    args.addAll(order.args(id));
    return run(RESERVE, order.saleId(), args).map(ReserveReply::new);
  }

  /** The keys and the first arguments, up to the server, of every call of {@link #RESERVE}. */
  public byte[][] reserveHead(String saleId) {
    return Stream.concat(keys(saleId).stream(), bounds.stream())
        .map(text -> text.getBytes(StandardCharsets.US_ASCII))
        .toArray(byte[][]::new);
  }

  /**
   * Confirms or cancels what is held.
   *
   * @param userId whose it must be, or null: anybody's
   * @return the reservation as it is now, or null where Redis knows none
   */
  public Uni<ReservationAnswer> settle(String saleId, String id, boolean confirm, String userId) {
    return run(SETTLE, saleId, List.of(confirm ? "confirm" : "cancel", id, orEmpty(userId)))
        .map(reply -> told(saleId, id, reply));
  }

  /**
   * A change of a reservation, besides its end.
   *
   * @param userId whose it must be, or null: anybody's
   * @param time from now on that it is held; zero for {@link Change#UNDONE}
   * @param by who does it
   * @param reason why; empty where none is needed
   */
  public record ChangeRequest(
      String saleId,
      String id,
      Change what,
      String userId,
      Duration time,
      String by,
      String reason) {

    /** As the script calls it. */
    private String verb() {
      return switch (what) {
        case EXTENDED -> "extend";
        case TAKEN_AGAIN -> "again";
        case UNDONE -> "undo";
      };
    }
  }

  /**
   * What became of a change.
   *
   * @param answer the reservation as it is now; null where Redis knows none, or refused
   * @param reasons why it cannot be taken again, a letter of {@link ReservationLine.Reason} or a
   *     hyphen for each line; else null
   * @param refusal {@code HISTORY} where Redis needs to be told what MySQL has, {@code LEDGER-FULL}
   *     or {@code BUSY}; else null
   */
  public record Changed(ReservationAnswer answer, String reasons, String refusal) {}

  /**
   * Changes a reservation.
   *
   * @param inMySql it as MySQL has it, where Redis asked for that; else null
   */
  public Uni<Changed> change(ChangeRequest request, ReservationRecord inMySql) {
    return run(
            CHANGE,
            request.saleId,
            List.of(
                request.verb(),
                request.id,
                orEmpty(request.userId),
                String.valueOf(request.time.toNanos() / 1_000),
                request.by,
                request.reason,
                maxUndrained,
                inMySql == null ? "" : inMySql.text()))
        .map(
            reply ->
                reply.type() == ResponseType.SIMPLE
                    ? new Changed(null, null, reply.toString())
                    : new Changed(
                        told(request.saleId, request.id, reply),
                        reply.size() > 3 ? reply.get(3).toString() : null,
                        null));
  }

  /** The reservation as it is now, or null where Redis knows none. */
  public Uni<ReservationAnswer> read(String saleId, String id, String userId) {
    return run(READ, saleId, List.of(id, orEmpty(userId))).map(reply -> told(saleId, id, reply));
  }

  /** Fails where Redis does not hold the sale as a whole. */
  public Uni<Void> read(String saleId) {
    return run(READ, saleId, List.of("", "")).replaceWithVoid();
  }

  /**
   * What the items of a sale have.
   *
   * @param released how many reservations were found to be due and released on the way
   */
  public record Levels(long released, List<Level> levels) {}

  /**
   * The numbers of items.
   *
   * @param items which; none: all of the sale
   */
  public Uni<Levels> levels(String saleId, List<String> items) {
    return run(LEVELS, saleId, items)
        .map(
            reply -> {
              List<Level> levels = new ArrayList<>(reply.size() / 2);
              for (int i = 2; i < reply.size(); i += 2) {
                levels.add(level(reply.get(i).toString(), reply.get(i + 1).toString()));
              }
              return new Levels(reply.get(1).toLong(), levels);
            });
  }

  /**
   * What became of a restock: the item as it is now and the epoch it was decided in, or why not.
   */
  public record Restocked(long epoch, Level level, String refusal) {}

  public Uni<Restocked> restock(Stock.Restock restock) {
    return run(
            RESTOCK,
            restock.saleId(),
            List.of(
                restock.itemId(),
                restock.key(),
                String.valueOf(restock.quantity()),
                restock.reason(),
                restock.userId(),
                maxUndrained,
                String.valueOf(Strategy.HOT.maxUnits())))
        .map(
            reply ->
                reply.type() == ResponseType.SIMPLE
                    ? new Restocked(0, null, reply.toString())
                    : new Restocked(
                        reply.get(1).toLong(),
                        level(restock.itemId(), reply.get(2).toString()),
                        null));
  }

  /**
   * Adds an item that is not there.
   *
   * @param epoch of the sale in MySQL
   * @param numbers {@code total available held sold limit}
   */
  public Uni<Void> item(String saleId, String itemId, long epoch, String numbers) {
    return run(ITEM, saleId, List.of(itemId, String.valueOf(epoch), numbers)).replaceWithVoid();
  }

  /**
   * What became of a change of the definition: the epoch and version that hold now, or why it was
   * refused.
   */
  public record Defined(long epoch, long version, String refusal) {}

  public Uni<Defined> change(String saleId, SaleDefinition.Change change) {
    return run(DEFINE, saleId, change.words())
        .map(
            reply ->
                reply.type() == ResponseType.SIMPLE
                    ? new Defined(0, 0, reply.toString())
                    : new Defined(reply.get(0).toLong(), reply.get(1).toLong(), null));
  }

  /** How many reservations were released, and how many requests forgotten. */
  public record Swept(long released, long forgotten) {}

  public Uni<Swept> sweep(String saleId, int most, int maxRefusals, int maxEnded) {
    return run(
            SWEEP,
            saleId,
            List.of(String.valueOf(most), String.valueOf(maxRefusals), String.valueOf(maxEnded)))
        .map(reply -> new Swept(reply.get(1).toLong(), reply.get(2).toLong()));
  }

  /** Takes the lines from what gave its units back and is in MySQL. */
  public Uni<Void> strip(String saleId, List<String> ids) {
    return Multi.createFrom()
        .iterable(Chunks.of(ids, MOST_STRIPPED))
        .onItem()
        .transformToUniAndConcatenate(some -> run(STRIP, saleId, some))
        .collect()
        .last()
        .replaceWithVoid();
  }

  /**
   * Puts a pseudonym in the place of a user.
   *
   * @param keys of requests of the user
   * @param ids of reservations of the user
   */
  public Uni<Void> erase(
      String saleId, String userId, String pseudonym, List<String> keys, List<String> ids) {
    List<String> args = new ArrayList<>(keys.size() + ids.size() + 3);
    args.addAll(List.of(userId, pseudonym, String.valueOf(keys.size())));
    args.addAll(keys);
    args.addAll(ids);
    return run(ERASE, saleId, args).replaceWithVoid();
  }

  /**
   * Stages a part of a sale and renews the lease.
   *
   * @return false when the lease is lost
   */
  public Uni<Boolean> stage(
      String saleId, String token, Duration ttl, String part, List<String> members) {
    String tag = Keys.sale(saleId);
    return load.stage(Keys.loadLease(tag), Keys.stagedSale(tag, token), token, ttl, part, members);
  }

  /** Publishes what a loader has staged; answers what {@code sale-publish.lua} says. */
  public Uni<String> publish(
      String saleId, String token, List<String> state, SaleDefinition definition) {
    String tag = Keys.sale(saleId);
    List<String> keys = new ArrayList<>(Keys.ofSale(tag));
    keys.add(Keys.loadLease(tag));
    keys.addAll(Keys.stagedSale(tag, token));
    List<String> whole = new ArrayList<>(state);
    whole.addAll(definition.state());
    return load.publish(keys, token, whole);
  }

  /** Tells all replicas that MySQL has more of a sale now. */
  public void announce(String saleId, Announcement news) {
    news.publish(scripts, Keys.sale(saleId));
  }

  /** Takes away a state that is older than this epoch; says whether there was one. */
  public Uni<Boolean> fence(String saleId, long epoch) {
    return load.remove(Keys.saleState(Keys.sale(saleId)), epoch);
  }

  /**
   * Appends reservations or restocks to the ledger again, as Redis has them; says how many, none
   * where it is full.
   *
   * @param part {@code reservations} or {@code restocks}
   * @param values by their fields in that part; those that have changed since are left out
   */
  public Uni<Integer> append(String saleId, long epoch, String part, Map<String, String> values) {
    List<String> args = new ArrayList<>(List.of(String.valueOf(epoch), maxUndrained, part));
    values.forEach(
        (field, value) -> {
          args.add(field);
          args.add(value);
        });
    return run(APPEND, saleId, args)
        .map(reply -> "LEDGER-FULL".equals(reply.toString()) ? 0 : reply.toInteger());
  }

  private Uni<Response> run(Script script, String saleId, List<String> args) {
    return scripts
        .run(script, keys(saleId), args)
        .invoke(reply -> NotLoadedException.check("sale " + saleId, reply));
  }

  private static List<String> keys(String saleId) {
    return Keys.ofSale(Keys.sale(saleId));
  }

  private static String orEmpty(String userId) {
    return userId == null ? "" : userId;
  }

  /** {@code total available held sold limit}. */
  static Level level(String itemId, String numbers) {
    String[] n = numbers.split(" ");
    return new Level(
        itemId,
        Long.parseLong(n[0]),
        Long.parseLong(n[1]),
        Long.parseLong(n[2]),
        Long.parseLong(n[3]));
  }

  private static ReservationAnswer told(String saleId, String id, Response reply) {
    if (reply.size() < 2) {
      return null;
    }
    ReservationRecord record = ReservationRecord.of(id, reply.get(1).toString());
    return new ReservationAnswer(
        record.in(saleId, Micros.toInstant(reply.get(0).toLong())),
        record.changes(),
        AckTarget.of(reply.get(2).toString()));
  }
}
