package io.firstcome.stock.sale;

import static io.firstcome.stock.model.SaleType.SALE;

import io.firstcome.durability.Acknowledge;
import io.firstcome.durability.AwaitMySql;
import io.firstcome.durability.SettlingConfig;
import io.firstcome.history.Recorder.Recording;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.mysql.In;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.firstcome.stock.model.Sale;
import io.firstcome.stock.model.SaleDefinition;
import io.firstcome.stock.model.SaleRepository;
import io.firstcome.stock.model.Stock;
import io.firstcome.stock.model.Stock.Level;
import io.firstcome.stock.model.StockConfig;
import io.firstcome.stock.model.Strategy;
import io.firstcome.stock.script.StockScripts;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * Defines sales and items. Both begin in MySQL, and items are changed there. Every later change of
 * a sale is one script, as of a coupon, and is answered once MySQL has it. The numbers of an item
 * are told by its {@link Stock}.
 */
@ApplicationScoped
class Sales {

  private static final Logger LOG = Logger.getLogger(Sales.class);
  private static final String ITEM =
      "SELECT id, name, strategy, user_limit, price, total, available, held, sold, creation FROM"
          + " item WHERE sale_id = ?";

  /** A definition that was ordered, and whether this order made it. */
  record Created<T>(T view, boolean isNew) {}

  private final SaleRepository rows;
  private final Pool mysql;
  private final MySqlCalls calls;
  private final Loader loader;
  private final SaleItems items;
  private final StockRegistry stocks;
  private final StockConfig config;
  private final Acknowledge.Setting level;
  private final StockScripts scripts;
  private final Scripts redis;
  private final Drainer drainer;
  private final SettlingConfig settling;

  Sales(
      SaleRepository rows,
      Pool mysql,
      MySqlCalls calls,
      Loaders loaders,
      SaleItems items,
      StockRegistry stocks,
      StockConfig config,
      Acknowledge.Setting level,
      StockScripts scripts,
      Scripts redis,
      Drainer drainer,
      SettlingConfig settling) {
    this.rows = rows;
    this.mysql = mysql;
    this.calls = calls;
    this.loader = loaders.of(SALE);
    this.items = items;
    this.stocks = stocks;
    this.config = config;
    this.level = level;
    this.scripts = scripts;
    this.redis = redis;
    this.drainer = drainer;
    this.settling = settling;
  }

  /** Creates a sale, or finds the one that the same request has created before. */
  Uni<Created<SaleView>> create(NewSale request, Recording recording) {
    Sale sale = request.sale(level);
    return rows.create(
            List.of(sale),
            sale.id,
            existing -> existing.creation.equals(sale.creation),
            ProblemType.SALE_EXISTS,
            session -> recording.write(session, null, of(sale).apply(Instant.now())))
        .invoke(
            isNew -> {
              if (isNew) {
                recording.committed();
              }
            })
        .flatMap(
            isNew ->
                (isNew
                        ? redis.time().onFailure().recoverWithItem(e -> Instant.now()).map(of(sale))
                        : read(sale.id))
                    .map(view -> new Created<>(view, isNew)))
        .invoke(() -> items.created(sale.id))
        .call(() -> softly(loader.created(sale.id), "Sale " + sale.id));
  }

  /** A page of sales in order of their ids. */
  Uni<List<SaleView>> list(String after, int limit) {
    return rows.page(after, limit).flatMap(this::views);
  }

  Uni<SaleView> read(String saleId) {
    return known(saleId).flatMap(sale -> views(List.of(sale))).map(views -> views.get(0));
  }

  private Uni<Sale> known(String saleId) {
    return rows.byKey(saleId)
        .onItem()
        .ifNull()
        .failWith(() -> Problem.of(ProblemType.UNKNOWN_SALE).asException());
  }

  /** Sales as they are now, each by the clock of the store that decides. */
  private Uni<List<SaleView>> views(List<Sale> sales) {
    if (sales.isEmpty()) {
      return Uni.createFrom().item(List.of());
    }
    In ids = In.of(sales.stream().map(sale -> sale.id).toList());
    return calls
        .bounded(
            mysql
                .preparedQuery(
                    "SELECT DISTINCT sale_id, UTC_TIMESTAMP(6) FROM item WHERE strategy <> 'HOT'"
                        + " AND sale_id IN "
                        + ids.marks())
                .execute(Tuple.from(ids.values())))
        .flatMap(
            rows -> {
              Map<String, Instant> times = new HashMap<>();
              rows.forEach(
                  row -> times.put(row.getString(0), Micros.toInstant(row.getLocalDateTime(1))));
              return (times.size() == sales.size()
                      ? Uni.createFrom().<Instant>nullItem()
                      : redis.time())
                  .map(
                      ofRedis ->
                          sales.stream()
                              .map(sale -> of(sale).apply(times.getOrDefault(sale.id, ofRedis)))
                              .toList());
            });
  }

  private static Function<Instant, SaleView> of(Sale sale) {
    return now -> SaleView.of(sale, now);
  }

  /** Changes a sale; returns when MySQL, which decides on some items, has the change, too. */
  Uni<SaleView> change(String saleId, SaleDefinition.Change change) {
    return loader
        .whole(saleId, scripts.change(saleId, change))
        .invoke(Sales::refuse)
        .call(
            done -> {
              drainer.wrote(Keys.sale(saleId));
              return inMySql(saleId, done.epoch(), done.version());
            })
        .chain(() -> read(saleId));
  }

  private static void refuse(StockScripts.Defined answer) {
    if (answer.refusal() == null) {
      return;
    }
    throw switch (answer.refusal()) {
      case "CLOSED" -> Problem.of(ProblemType.CLOSED).asException();
      case "WINDOW" -> Problem.malformed("closesAt", "must be after opensAt").asException();
      default -> new IllegalStateException(answer.refusal());
    };
  }

  private Uni<Void> inMySql(String saleId, long epoch, long version) {
    return AwaitMySql.definition(
        settling,
        "sale",
        epoch,
        mysql
            .preparedQuery("SELECT epoch, version FROM sale WHERE id = ?")
            .execute(Tuple.of(saleId))
            .map(rows -> rows.iterator().next()),
        row -> row.getLong("version") >= version);
  }

  /** Creates an item, or finds the one that the same request has created before. */
  Uni<Created<ItemView>> create(String saleId, NewItem item, Recording recording) {
    Stock stock = stocks.of(item.strategy());
    long most = item.strategy().maxUnits();
    if (item.quantity() > most) {
      throw Problem.malformed("quantity", "must be at most " + most + " for " + item.strategy())
          .asException();
    }
    return calls
        .bounded(
            recording.transaction(
                tx -> create(tx, saleId, item), created -> created.isNew() ? created.view() : null))
        .invoke(() -> items.created(saleId, item.id()))
        .call(
            () -> {
              Uni<Void> brought = stock.created(saleId, item.id());
              // Where Redis is away the first reservation has it brought there.
              return item.strategy().isHot()
                  ? softly(brought, "Item " + item.id() + " of sale " + saleId)
                  : brought;
            })
        .flatMap(
            created ->
                created.isNew()
                    ? Uni.createFrom().item(created)
                    : withLevel(saleId, created.view()).map(view -> new Created<>(view, false)));
  }

  private Uni<Created<ItemView>> create(SqlConnection tx, String saleId, NewItem item) {
    // The lock on the sale makes one line of those who create its items.
    return tx.preparedQuery("SELECT currency FROM sale WHERE id = ? FOR UPDATE")
        .execute(Tuple.of(saleId))
        .flatMap(
            rows -> {
              if (rows.size() == 0) {
                throw Problem.of(ProblemType.UNKNOWN_SALE).asException();
              }
              if (item.price() != null && rows.iterator().next().getString(0) == null) {
                throw noCurrency();
              }
              return tx.preparedQuery(ITEM + " AND id = ?").execute(Tuple.of(saleId, item.id()));
            })
        .flatMap(
            rows -> {
              if (rows.size() == 0) {
                return insert(tx, saleId, item);
              }
              Row row = rows.iterator().next();
              if (!row.getString("creation").equals(item.digest())) {
                throw Problem.of(ProblemType.ITEM_EXISTS).asException();
              }
              return Uni.createFrom().item(new Created<>(view(row), false));
            });
  }

  private Uni<Created<ItemView>> insert(SqlConnection tx, String saleId, NewItem item) {
    long limit = item.userLimit() == null ? 0 : item.userLimit();
    return tx.preparedQuery(
            "SELECT COUNT(*), COUNT(CASE WHEN strategy = 'HOT' THEN 1 END) FROM item"
                + " WHERE sale_id = ?")
        .execute(Tuple.of(saleId))
        .flatMap(
            rows -> {
              Row row = rows.iterator().next();
              if (row.getLong(0) >= config.maxItems()) {
                throw Problem.of(ProblemType.TOO_MANY_ITEMS).asException();
              }
              // Redis or MySQL: the keys of a sale's requests are kept in one place.
              long otherPlace =
                  item.strategy().isHot() ? row.getLong(0) - row.getLong(1) : row.getLong(1);
              if (otherPlace > 0) {
                throw Problem.of(ProblemType.MIXED_STRATEGIES)
                    .detail(
                        "The items of a sale are all HOT, or none is. Create this item in another"
                            + " sale.")
                    .asException();
              }
              return tx.preparedQuery(
                      "INSERT INTO item (sale_id, id, name, strategy, total, available, held,"
                          + " sold, first_total, user_limit, price, version, creation)"
                          + " VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, 0, ?)")
                  .execute(
                      Tuple.from(
                          Arrays.asList(
                              saleId,
                              item.id(),
                              item.name(),
                              item.strategy().name(),
                              item.quantity(),
                              item.quantity(),
                              item.quantity(),
                              limit,
                              item.price(),
                              item.digest())));
            })
        .map(
            done ->
                new Created<>(
                    new ItemView(
                        item.id(),
                        item.name(),
                        item.strategy(),
                        item.userLimit(),
                        item.price(),
                        item.quantity(),
                        item.quantity(),
                        0,
                        0),
                    true));
  }

  /** A page of a sale's items in order of their ids. */
  Uni<List<ItemView>> items(String saleId, String after, int limit) {
    return calls
        .bounded(query(ITEM + " AND id > ? ORDER BY id LIMIT ?", saleId, after, limit))
        .flatMap(
            rows -> {
              List<ItemView> views = new ArrayList<>();
              rows.forEach(row -> views.add(view(row)));
              return views.isEmpty()
                  ? items.exists(saleId).replaceWith(views)
                  : withLevels(saleId, views);
            });
  }

  private Uni<List<ItemView>> withLevels(String saleId, List<ItemView> views) {
    Map<String, Level> levels = new HashMap<>();
    return Multi.createFrom()
        .iterable(views.stream().map(ItemView::strategy).distinct().toList())
        .onItem()
        .transformToUniAndConcatenate(strategy -> stocks.of(strategy).levels(saleId))
        .invoke(some -> some.forEach(level -> levels.put(level.itemId(), level)))
        .collect()
        .last()
        .map(
            all ->
                views.stream()
                    .map(
                        view ->
                            levels.containsKey(view.id()) ? view.at(levels.get(view.id())) : view)
                    .toList());
  }

  Uni<ItemView> item(String saleId, String itemId) {
    return row(saleId, itemId).flatMap(view -> withLevel(saleId, view));
  }

  private Uni<ItemView> row(String saleId, String itemId) {
    return calls
        .bounded(query(ITEM + " AND id = ?", saleId, itemId))
        .flatMap(
            rows ->
                rows.size() == 0
                    ? items
                        .exists(saleId)
                        .map(
                            sale -> {
                              throw Problem.of(ProblemType.UNKNOWN_ITEM).asException();
                            })
                    : Uni.createFrom().item(view(rows.iterator().next())));
  }

  private Uni<ItemView> withLevel(String saleId, ItemView view) {
    return stocks
        .of(view.strategy())
        .level(saleId, view.id())
        .map(level -> level == null ? view : view.at(level));
  }

  /** Changes what the patch names; fails with unknown-sale or unknown-item. */
  Uni<ItemView> change(String saleId, String itemId, ItemPatch patch, Recording recording) {
    return (patch.price() == null ? Uni.createFrom().voidItem() : hasCurrency(saleId))
        .chain(
            () ->
                calls.bounded(
                    recording.transaction(
                        tx -> change(tx, saleId, itemId, patch),
                        changed -> changed == null ? null : changed.was(),
                        changed -> changed == null ? null : changed.is())))
        .chain(() -> item(saleId, itemId));
  }

  private record Changed(ItemView was, ItemView is) {}

  /** Null: there is no such item. */
  private static Uni<Changed> change(
      SqlConnection tx, String saleId, String itemId, ItemPatch patch) {
    Tuple key = Tuple.of(saleId, itemId);
    return tx.preparedQuery(ITEM + " AND id = ? FOR UPDATE")
        .execute(key)
        .flatMap(
            before ->
                before.size() == 0
                    ? Uni.createFrom().nullItem()
                    : tx.preparedQuery(
                            "UPDATE item SET name = COALESCE(?, name), price = COALESCE(?, price)"
                                + " WHERE sale_id = ? AND id = ?")
                        .execute(Tuple.of(patch.name(), patch.price(), saleId, itemId))
                        .chain(() -> tx.preparedQuery(ITEM + " AND id = ?").execute(key))
                        .map(
                            after ->
                                new Changed(
                                    view(before.iterator().next()),
                                    view(after.iterator().next()))));
  }

  private Uni<Void> hasCurrency(String saleId) {
    return known(saleId)
        .invoke(
            sale -> {
              if (sale.currency == null) {
                throw noCurrency();
              }
            })
        .replaceWithVoid();
  }

  private static ProblemException noCurrency() {
    return Problem.malformed("price", "needs a sale that has a currency").asException();
  }

  Uni<ItemView> restock(Stock.Restock restock) {
    return row(restock.saleId(), restock.itemId())
        .flatMap(view -> stocks.of(view.strategy()).restock(restock).map(view::at));
  }

  private static ItemView view(Row row) {
    long limit = row.getLong("user_limit");
    return new ItemView(
        row.getString("id"),
        row.getString("name"),
        Strategy.valueOf(row.getString("strategy")),
        limit == 0 ? null : limit,
        row.getLong("price"),
        row.getLong("total"),
        row.getLong("available"),
        row.getLong("held"),
        row.getLong("sold"));
  }

  /** So that the first who asks need not wait; where it fails, that one has it done. */
  private static Uni<Void> softly(Uni<Void> brought, String what) {
    return brought
        .onFailure()
        .invoke(e -> LOG.warnf("%s was created but is not in Redis yet: %s", what, e.getMessage()))
        .onFailure()
        .recoverWithNull();
  }

  private Uni<RowSet<Row>> query(String sql, Object... parameters) {
    return mysql.preparedQuery(sql).execute(Tuple.from(parameters));
  }
}
