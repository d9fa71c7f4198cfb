package io.firstcome.stock.hot;

import static io.firstcome.stock.model.SaleType.SALE;

import io.firstcome.decision.Hot;
import io.firstcome.decision.HotSet;
import io.firstcome.decision.Lane;
import io.firstcome.decision.Pending;
import io.firstcome.durability.Acknowledge;
import io.firstcome.durability.Acknowledger;
import io.firstcome.durability.AwaitMySql;
import io.firstcome.durability.PendingAnswer;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.firstcome.redis.ClaimReserve;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RedisLink;
import io.firstcome.redis.RedisLinks;
import io.firstcome.stock.metrics.HotLevels;
import io.firstcome.stock.model.Change;
import io.firstcome.stock.model.HotStockConfig;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.Reservation.Status;
import io.firstcome.stock.model.ReservationLine;
import io.firstcome.stock.model.ReservationRecord;
import io.firstcome.stock.model.ReservationRequest;
import io.firstcome.stock.model.SaleType;
import io.firstcome.stock.model.Stock;
import io.firstcome.stock.model.Strategy;
import io.firstcome.stock.recovery.SaleLoad;
import io.firstcome.stock.script.ReservationAnswer;
import io.firstcome.stock.script.ReserveReply;
import io.firstcome.stock.script.StockScripts;
import io.firstcome.stock.script.StockScripts.ChangeRequest;
import io.firstcome.stock.script.StockScripts.Changed;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;

/**
 * Stock that is decided on in Redis: one script a decision, its record in the sale's ledger in the
 * same step, MySQL behind the answer.
 */
@ApplicationScoped
class HotStock implements Stock {

  /** Lines of one call at most: what is read and written for it stays small. */
  private static final int MAX_LINES = 1_000;

  private static final String UNKNOWN = "UNKNOWN";

  /** The script needs to know what MySQL has. */
  private static final String HISTORY = "HISTORY";

  private static final Duration FIRST_LOOK = Duration.ofMillis(5);
  private static final Duration LAST_LOOK = Duration.ofMillis(100);

  private final StockScripts scripts;
  private final HotLevels levels;
  private final Loader loader;
  private final RedisLinks links;
  private final Drainer drainer;
  private final Acknowledger acknowledger;
  private final ClaimReserve reserve;
  private final Pool mysql;
  private final MySqlCalls calls;
  private final HotStockConfig config;
  private final Lane.Bounds bounds;
  private final HotSet<Hot<HotReservation>> sales;

  HotStock(
      StockScripts scripts,
      HotLevels levels,
      Loaders loaders,
      RedisLinks links,
      Drainer drainer,
      Acknowledger acknowledger,
      ClaimReserve reserve,
      Pool mysql,
      MySqlCalls calls,
      HotStockConfig config) {
    this.scripts = scripts;
    this.levels = levels;
    this.loader = loaders.of(SALE);
    this.links = links;
    this.drainer = drainer;
    this.acknowledger = acknowledger;
    this.reserve = reserve;
    this.mysql = mysql;
    this.calls = calls;
    this.config = config;
    this.bounds = new Lane.Bounds(config.maxWaiting(), config.maxBatch(), MAX_LINES, 1);
    this.sales = new HotSet<>(config.maxSales());
  }

  @Override
  public Strategy strategy() {
    return Strategy.HOT;
  }

  @Override
  public void reserve(ReservationRequest order, Pending<Reservation> pending) {
    ask(new HotReservation(order, pending, false));
  }

  private void ask(HotReservation reservation) {
    Hot<HotReservation> sale = sales.get(reservation.order().saleId());
    if (sale == null || !Context.isOnEventLoopThread()) {
      askAlone(reservation);
      return;
    }
    sale.usedAt(reservation.startNanos());
    if (sale.level() != Acknowledge.REDIS && acknowledger.isFull()) {
      reservation.fail(Problem.of(ProblemType.OVERLOADED).asException());
      return;
    }
    RedisLink link = links.current();
    Lane<HotReservation, ?> lane = sale.lane(link.index());
    (lane == null ? sale.putLane(link.index(), lane(sale, link)) : lane).add(reservation);
  }

  private Lane<HotReservation, ?> lane(Hot<HotReservation> sale, RedisLink link) {
    return new Lane<>(
        link,
        StockScripts.RESERVE,
        StockScripts.RESERVE_KEYS,
        new ReserveCodec(
            scripts.reserveHead(sale.id()), acknowledger::isDatabaseAway, reserve::isTouched),
        new Replies(sale),
        bounds);
  }

  /** The first reservations of a sale here: lanes are for those that Redis holds. */
  private void askAlone(HotReservation reservation) {
    ReservationRequest order = reservation.order();
    scripts
        .reserve(reservation.id(), order, acknowledger.isDatabaseAway(), reserve.isTouched())
        .subscribe()
        .with(
            reply -> {
              sales.add(order.saleId(), Hot::new);
              decide(order.saleId(), List.of(reservation), reply);
            },
            why -> failed(reservation, why));
  }

  /** Receives the outcomes of a lane. */
  private final class Replies implements Lane.Listener<HotReservation, ReserveReply> {

    private final Hot<HotReservation> sale;

    Replies(Hot<HotReservation> sale) {
      this.sale = sale;
    }

    @Override
    public void replied(List<HotReservation> reservations, ReserveReply reply) {
      sale.level(reply.secured().level());
      decide(sale.id(), reservations, reply);
    }

    @Override
    public void failed(HotReservation reservation, Throwable why) {
      HotStock.this.failed(reservation, why);
    }
  }

  private void decide(String saleId, List<HotReservation> reservations, ReserveReply reply) {
    for (int i = 0; i < reservations.size(); i++) {
      HotReservation reservation = reservations.get(i);
      try {
        decide(reservation, reply, i);
      } catch (RuntimeException e) {
        // Not decided, or not understood; the others have nothing to do with it.
        failed(reservation, e);
      }
    }
    drainer.wrote(Keys.sale(saleId));
  }

  private void decide(HotReservation reservation, ReserveReply reply, int place) {
    ReservationRequest order = reservation.order();
    String unknown = reply.unknownItem(place);
    if (unknown == null) {
      Reservation result = reply.result(place, reservation.id(), order);
      tell(
          new ReservationAnswer(result, reply.changes(place, result), reply.secured()),
          reservation.id().equals(result.id()),
          reservation);
    } else if (reservation.isAgain()) {
      failed(
          reservation, Problem.of(ProblemType.UNKNOWN_ITEM).with("itemId", unknown).asException());
    } else {
      // Its items were created in MySQL, and Redis does not have them all.
      add(order)
          .subscribe()
          .with(added -> ask(reservation.again()), why -> failed(reservation, why));
    }
  }

  private Uni<Void> add(ReservationRequest order) {
    return Multi.createFrom()
        .iterable(order.quantities().keySet())
        .onItem()
        .transformToUniAndConcatenate(itemId -> created(order.saleId(), itemId))
        .collect()
        .last();
  }

  private void failed(HotReservation reservation, Throwable why) {
    if (why instanceof NotLoadedException notLoaded) {
      loader
          .refuseAndLoad(reservation.order().saleId(), notLoaded)
          .subscribe()
          .with(never -> {}, reservation::fail);
    } else {
      reservation.fail(why);
    }
  }

  /** Tells it when it may be told. What was refused holds nothing that could be lost. */
  private void tell(ReservationAnswer told, boolean isNew, Pending<Reservation> pending) {
    Reservation reservation = told.reservation();
    if (reservation.lines().isEmpty()) {
      ended(reservation).subscribe().with(pending::complete, pending::fail);
    } else if (told.secured().level() == Acknowledge.REDIS
        || reservation.status() == Status.REFUSED) {
      pending.complete(reservation);
    } else {
      acknowledger.hold(new HeldReservation(told, isNew, pending));
    }
  }

  /** A reservation when it may be told; null where there is none. */
  private Uni<Reservation> tell(ReservationAnswer told, boolean isNew) {
    if (told == null) {
      return Uni.createFrom().nullItem();
    }
    return Pending.uni(told.reservation().userId(), pending -> tell(told, isNew, pending));
  }

  /**
   * What has ended, of which Redis has all but the lines: those are in MySQL, unless it lost them.
   */
  private Uni<Reservation> ended(Reservation known) {
    return history(known.saleId(), known.id(), known.userId())
        .map(found -> found == null ? known : known.with(found.lines()));
  }

  /** A reservation that is told when it is secured. */
  private static final class HeldReservation extends PendingAnswer {

    private final Reservation reservation;
    private final Pending<Reservation> pending;

    HeldReservation(ReservationAnswer told, boolean isNew, Pending<Reservation> pending) {
      // It has no number: MySQL tells by its row.
      super(
          told.secured().level(),
          Keys.sale(told.reservation().saleId()),
          0,
          told.secured().server(),
          0,
          key(told),
          isNew);
      this.reservation = told.reservation();
      this.pending = pending;
    }

    private static String key(ReservationAnswer told) {
      Status status = told.reservation().status();
      boolean byTime = status == Status.EXPIRED || status == Status.HELD && told.changes() == 0;
      return SaleType.key(told.reservation().id(), told.changes(), byTime ? null : status);
    }

    @Override
    protected void secured() {
      pending.complete(reservation);
    }

    @Override
    protected void notSecured() {
      pending.fail(Problem.of(ProblemType.NOT_SECURED).asException());
    }
  }

  /** Forgets what nobody has reserved from for a while. */
  void forgetIdle() {
    sales.dropIdle(config.idle());
  }

  @Override
  public Uni<Reservation> find(String saleId, String id, String userId) {
    return orHistory(
        saleId,
        id,
        userId,
        loader.whole(saleId, scripts.read(saleId, id, userId)).flatMap(told -> tell(told, false)));
  }

  @Override
  public Uni<Reservation> confirm(String saleId, String id) {
    return settle(saleId, id, true, null);
  }

  @Override
  public Uni<Reservation> cancel(String saleId, String id, String userId) {
    return settle(saleId, id, false, userId);
  }

  private Uni<Reservation> settle(String saleId, String id, boolean confirm, String userId) {
    return orHistory(
        saleId,
        id,
        userId,
        loader
            .whole(saleId, scripts.settle(saleId, id, confirm, userId))
            .invoke(() -> drainer.wrote(Keys.sale(saleId)))
            .flatMap(told -> tell(told, true)));
  }

  @Override
  public Uni<Reservation> extend(
      String saleId, String id, String userId, Duration time, String by) {
    return change(new ChangeRequest(saleId, id, Change.EXTENDED, userId, time, by, ""));
  }

  @Override
  public Uni<Reservation> takeAgain(String saleId, String id, Duration time, String by) {
    return change(new ChangeRequest(saleId, id, Change.TAKEN_AGAIN, null, time, by, ""));
  }

  @Override
  public Uni<Reservation> undo(String saleId, String id, String by, String reason) {
    return change(new ChangeRequest(saleId, id, Change.UNDONE, null, Duration.ZERO, by, reason));
  }

  private Uni<Reservation> change(ChangeRequest request) {
    Uni<Reservation> changed =
        change(request, null)
            .flatMap(
                done ->
                    HISTORY.equals(done.refusal())
                        ? record(request).flatMap(there -> change(request, there))
                        : Uni.createFrom().item(done))
            .invoke(() -> drainer.wrote(Keys.sale(request.saleId())))
            .flatMap(done -> told(request, done));
    return orHistory(request.saleId(), request.id(), request.userId(), changed);
  }

  /**
   * @param there as MySQL has it, where Redis asked for that; else null
   */
  private Uni<Changed> change(ChangeRequest request, ReservationRecord there) {
    return loader.whole(request.saleId(), scripts.change(request, there));
  }

  private Uni<Reservation> told(ChangeRequest request, Changed done) {
    if (HISTORY.equals(done.refusal())) {
      // MySQL does not have it either.
      return Uni.createFrom().nullItem();
    }
    if (done.refusal() != null) {
      throw switch (done.refusal()) {
        case "LEDGER-FULL" -> Problem.of(ProblemType.LEDGER_FULL).asException();
        case "BUSY" -> Problem.of(ProblemType.OVERLOADED).asException();
        default -> new IllegalStateException(done.refusal());
      };
    }
    if (done.reasons() == null) {
      return tell(done.answer(), true);
    }
    return tell(done.answer(), false)
        .map(
            expired -> {
              throw Problem.of(ProblemType.INSUFFICIENT_STOCK)
                  .with("lines", ReservationLine.refused(expired.lines(), done.reasons()))
                  .asException();
            });
  }

  /** What Redis has forgotten, because it ended long ago, MySQL knows. */
  private Uni<Reservation> orHistory(
      String saleId, String id, String userId, Uni<Reservation> found) {
    return found.onItem().ifNull().switchTo(() -> history(saleId, id, userId));
  }

  /** What Redis has forgotten in whole or in part, or null. */
  private Uni<ReservationRecord> record(ChangeRequest request) {
    return calls
        .bounded(
            mysql
                .preparedQuery(
                    "SELECT "
                        + ReservationRecord.COLUMNS
                        + " FROM reservation WHERE sale_id = ? AND id = ? AND strategy = 'HOT'"
                        + " AND status <> 'HELD'")
                .execute(Tuple.of(request.saleId(), request.id())))
        .map(
            rows ->
                rows.size() == 0
                    ? null
                    : ReservationRecord.of(rows.iterator().next().getDelegate()));
  }

  private Uni<Reservation> history(String saleId, String id, String userId) {
    return calls
        .bounded(
            mysql
                .preparedQuery(
                    "SELECT user_id, status, created_at, expires_at, line_items,"
                        + " UTC_TIMESTAMP(6) FROM reservation"
                        + " WHERE sale_id = ? AND id = ? AND strategy = 'HOT' AND status <> 'HELD'")
                .execute(Tuple.of(saleId, id)))
        .map(
            rows -> {
              Row row = rows.size() == 0 ? null : rows.iterator().next();
              if (row == null || userId != null && !userId.equals(row.getString(0))) {
                return null;
              }
              return new Reservation(
                  saleId,
                  id,
                  row.getString(0),
                  Reservation.Status.valueOf(row.getString(1)),
                  Micros.toInstant(row.getLocalDateTime(2)),
                  Micros.toInstant(row.getLocalDateTime(3)),
                  ReservationLine.decode(row.getString(4)),
                  Micros.toInstant(row.getLocalDateTime(5)),
                  false);
            });
  }

  @Override
  public Uni<List<Level>> levels(String saleId) {
    return levels(saleId, List.of());
  }

  @Override
  public Uni<Level> level(String saleId, String itemId) {
    return levels(saleId, List.of(itemId)).map(levels -> levels.isEmpty() ? null : levels.get(0));
  }

  private Uni<List<Level>> levels(String saleId, List<String> items) {
    return loader
        .whole(saleId, levels.of(saleId, items))
        .map(read -> read.stream().sorted(Comparator.comparing(Level::itemId)).toList());
  }

  @Override
  public Uni<Level> restock(Restock restock) {
    Uni<StockScripts.Restocked> ask = loader.whole(restock.saleId(), scripts.restock(restock));
    return ask.flatMap(
            done ->
                UNKNOWN.equals(done.refusal())
                    ? created(restock.saleId(), restock.itemId()).chain(() -> ask)
                    : Uni.createFrom().item(done))
        .invoke(() -> drainer.wrote(Keys.sale(restock.saleId())))
        .invoke(HotStock::refuse)
        .call(done -> inMySql(restock, done.epoch()))
        .map(StockScripts.Restocked::level);
  }

  private static void refuse(StockScripts.Restocked answer) {
    if (answer.refusal() == null) {
      return;
    }
    throw switch (answer.refusal()) {
      case UNKNOWN -> Problem.of(ProblemType.UNKNOWN_ITEM).asException();
      case "MISMATCH" -> Problem.of(ProblemType.IDEMPOTENCY_MISMATCH).asException();
      case "INSUFFICIENT" -> Problem.of(ProblemType.INSUFFICIENT_STOCK).asException();
      case "TOO-MUCH" ->
          Problem.malformed("quantity", "must leave at most " + Strategy.HOT.maxUnits() + " units")
              .asException();
      case "LEDGER-FULL" -> Problem.of(ProblemType.LEDGER_FULL).asException();
      case "BUSY" -> Problem.of(ProblemType.OVERLOADED).asException();
      default -> new IllegalStateException(answer.refusal());
    };
  }

  /** Waits until MySQL has the change. */
  private Uni<Void> inMySql(Restock restock, long epoch) {
    return AwaitMySql.await(
        mysql
            .preparedQuery(
                "SELECT s.epoch, r.quantity FROM sale s LEFT JOIN restock r ON r.sale_id = s.id"
                    + " AND r.item_id = ? AND r.idempotency_key = ? WHERE s.id = ?")
            .execute(Tuple.of(restock.itemId(), restock.key(), restock.saleId()))
            .map(rows -> rows.iterator().next())
            .map(
                row -> {
                  if (row.getLong(1) == null && row.getLong(0) > epoch) {
                    throw Problem.of(ProblemType.UNKNOWN_OUTCOME).asException();
                  }
                  return row.getLong(1) != null;
                }),
        FIRST_LOOK,
        LAST_LOOK,
        config.settleTimeout(),
        "The change is in effect but not yet in the database. Repeat the request with the same key"
            + " until it succeeds; repeating it is safe.");
  }

  @Override
  public Uni<Void> created(String saleId, String itemId) {
    return loader.whole(
        saleId,
        Uni.createFrom()
            .deferred(
                () ->
                    calls.bounded(
                        mysql
                            .preparedQuery(
                                "SELECT s.epoch, i.total, i.available, i.held, i.sold, i.user_limit"
                                    + " FROM item i JOIN sale s ON s.id = i.sale_id"
                                    + " WHERE i.sale_id = ? AND i.id = ? AND i.strategy = 'HOT'")
                            .execute(Tuple.of(saleId, itemId))))
            .flatMap(
                rows -> {
                  if (rows.size() == 0) {
                    throw Problem.of(ProblemType.UNKNOWN_ITEM).with("itemId", itemId).asException();
                  }
                  Row row = rows.iterator().next();
                  return scripts.item(saleId, itemId, row.getLong(0), SaleLoad.numbers(row, 1));
                }));
  }
}
