package io.firstcome.stock.metrics;

import io.firstcome.ledger.drain.Drainer;
import io.firstcome.redis.Keys;
import io.firstcome.stock.model.Stock.Level;
import io.firstcome.stock.script.StockScripts;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/**
 * The numbers of hot items. A look at them releases what is due, and who has written to a ledger
 * wakes its drain: so whoever wants them asks here and not the script.
 */
@ApplicationScoped
public class HotLevels {

  private final StockScripts scripts;
  private final Drainer drainer;

  HotLevels(StockScripts scripts, Drainer drainer) {
    this.scripts = scripts;
    this.drainer = drainer;
  }

  /** Of all hot items of a sale. */
  public Uni<List<Level>> of(String saleId) {
    return of(saleId, List.of());
  }

  /** Of these; none: all of the sale. */
  public Uni<List<Level>> of(String saleId, List<String> items) {
    return scripts
        .levels(saleId, items)
        .invoke(
            read -> {
              if (read.released() > 0) {
                drainer.wrote(Keys.sale(saleId));
              }
            })
        .map(StockScripts.Levels::levels);
  }
}
