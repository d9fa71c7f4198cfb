package io.firstcome.stock;

import io.firstcome.ledger.LedgerConfig;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Script;
import io.firstcome.redis.Scripts;
import io.vertx.redis.client.Response;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The script that repairs a sale, checking that what was read still is so. It blocks. */
@ApplicationScoped
class StockRepairScripts {

  private static final Script APPEND = Script.named("sale-append");
  private static final String FULL = "LEDGER-FULL";

  private final Scripts scripts;
  private final String maxUndrained;

  StockRepairScripts(Scripts scripts, LedgerConfig ledger) {
    this.scripts = scripts;
    this.maxUndrained = String.valueOf(ledger.maxUndrained());
  }

  /**
   * Appends reservations or restocks to the ledger again, as Redis has them; says how many.
   *
   * @param part {@code reservations} or {@code restocks}
   * @param values as the part of the sale holds them
   */
  int append(String saleId, long epoch, String part, Map<String, String> values) {
    List<String> args = new ArrayList<>(List.of(String.valueOf(epoch), maxUndrained, part));
    values.forEach(
        (field, value) -> {
          args.add(field);
          args.add(value);
        });
    Response reply =
        scripts
            .run(APPEND, Keys.ofSale(Keys.sale(saleId)), args)
            .await()
            .atMost(scripts.timeout().plusSeconds(5));
    NotLoadedException.check("sale " + saleId, reply);
    return FULL.equals(reply.toString()) ? 0 : reply.toInteger();
  }
}
