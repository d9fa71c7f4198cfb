package io.firstcome.stock.sale;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.MySqlCalls;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the items of a sale cost now, as MySQL says: an operator may change it at any moment. */
@ApplicationScoped
public class Prices {

  /**
   * Prices of items of one sale.
   *
   * @param currency ISO 4217; null where the sale has none
   * @param units item to the price of one unit, in minor units of the currency, 0 to {@link
   *     io.firstcome.http.input.Money#MAX_AMOUNT}; an item without a price is not in it
   */
  public record PriceList(String currency, Map<String, Long> units) {}

  private final Pool mysql;
  private final MySqlCalls calls;

  Prices(Pool mysql, MySqlCalls calls) {
    this.mysql = mysql;
    this.calls = calls;
  }

  /**
   * The prices of these items, read at one instant.
   *
   * @param items at least one, each once
   * @return fails with {@code unknown-sale} or {@code unknown-item}
   */
  public Uni<PriceList> of(String saleId, Collection<String> items) {
    List<Object> parameters = new ArrayList<>(items);
    parameters.add(saleId);
    String marks = String.join(", ", Collections.nCopies(items.size(), "?"));
    return calls
        .bounded(
            mysql
                .preparedQuery(
                    "SELECT s.currency, i.id, i.price FROM sale s LEFT JOIN item i"
                        + " ON i.sale_id = s.id AND i.id IN ("
                        + marks
                        + ") WHERE s.id = ?")
                .execute(Tuple.from(parameters)))
        .map(rows -> list(rows, items));
  }

  private static PriceList list(Iterable<Row> rows, Collection<String> items) {
    String currency = null;
    boolean known = false;
    Map<String, Long> prices = new TreeMap<>();
    List<String> missing = new ArrayList<>(items);
    for (Row row : rows) {
      known = true;
      currency = row.getString(0);
      missing.remove(row.getString(1));
      if (row.getLong(2) != null) {
        prices.put(row.getString(1), row.getLong(2));
      }
    }
    if (!known) {
      throw Problem.of(ProblemType.UNKNOWN_SALE).asException();
    }
    if (!missing.isEmpty()) {
      throw Problem.of(ProblemType.UNKNOWN_ITEM).with("itemId", missing.get(0)).asException();
    }
    return new PriceList(currency, Map.copyOf(prices));
  }
}
