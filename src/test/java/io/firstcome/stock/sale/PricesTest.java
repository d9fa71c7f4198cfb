package io.firstcome.stock.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.stock.sale.Prices.PriceList;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What those who make orders of items are told. */
@QuarkusTest
class PricesTest {

  @RegisterExtension static final Stores stores = new Stores();

  @Inject Prices prices;

  @Test
  void pricesOfItemsAreThoseOfNow() {
    String sale = sale("EUR");
    item(sale, "a", 1_999L);
    item(sale, "b", 0L);
    item(sale, "c", null);
    assertThat(of(sale, "a", "b", "c"))
        .isEqualTo(new PriceList("EUR", Map.of("a", 1_999L, "b", 0L)));
    stores.sql("UPDATE item SET price = 1799 WHERE sale_id = ? AND id = 'a'", sale);
    assertThat(of(sale, "a").units()).isEqualTo(Map.of("a", 1_799L));
  }

  @Test
  void aSaleWithoutACurrencyHasNoPrices() {
    String sale = sale(null);
    item(sale, "a", null);
    assertThat(of(sale, "a")).isEqualTo(new PriceList(null, Map.of()));
  }

  @Test
  void whatIsNotThereIsTold() {
    String sale = sale("EUR");
    item(sale, "a", 5L);
    fails(ProblemType.UNKNOWN_ITEM, sale, "a", "b");
    fails(ProblemType.UNKNOWN_SALE, "s-" + UUID.randomUUID(), "a");
  }

  private void fails(ProblemType type, String sale, String... items) {
    assertThatThrownBy(() -> of(sale, items))
        .satisfies(e -> assertThat(((ProblemException) e).problem().type()).isEqualTo(type));
  }

  private PriceList of(String sale, String... items) {
    return prices.of(sale, List.of(items)).await().atMost(Stores.SOON);
  }

  private static String sale(String currency) {
    String sale = "s-" + UUID.randomUUID();
    stores.sql(
        "INSERT INTO sale (id, name, epoch, creation, currency) VALUES (?, ?, 0, '', ?)",
        sale,
        sale,
        currency);
    return sale;
  }

  private static void item(String sale, String id, Long price) {
    stores.sql(
        "INSERT INTO item (sale_id, id, name, strategy, total, available, held, sold,"
            + " first_total, user_limit, price, version, creation)"
            + " VALUES (?, ?, ?, 'CONDITIONAL', 1, 1, 0, 0, 1, 0, ?, 0, '')",
        sale,
        id,
        id,
        price);
  }
}
