package io.firstcome.stock.model;

import io.firstcome.mysql.MySqlCalls;
import io.firstcome.mysql.Repository;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.List;

/** Sales as MySQL has them. */
@Singleton
public class SaleRepository extends Repository<Sale, String> {

  SaleRepository(MySqlCalls calls) {
    super(calls, Sale.class);
  }

  /**
   * A page in order of the ids.
   *
   * @param after the last id of the page before, or an empty string
   */
  public Uni<List<Sale>> page(String after, int limit) {
    return page(limit, "id", (is, sale) -> is.greaterThan(sale.get("id"), after));
  }
}
