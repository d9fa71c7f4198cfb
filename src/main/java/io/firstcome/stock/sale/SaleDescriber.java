package io.firstcome.stock.sale;

import io.firstcome.history.Describer;
import io.firstcome.stock.model.StockRequests;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;

/** Tells the history what a sale is. */
@Singleton
class SaleDescriber implements Describer {

  private final Sales sales;

  SaleDescriber(Sales sales) {
    this.sales = sales;
  }

  @Override
  public String type() {
    return "sale";
  }

  @Override
  public Uni<?> describe(String saleId) {
    StockRequests.checkSale(saleId);
    return sales.read(saleId);
  }
}
