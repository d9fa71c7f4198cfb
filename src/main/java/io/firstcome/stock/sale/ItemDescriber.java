package io.firstcome.stock.sale;

import io.firstcome.history.Describer;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;

/** Tells the history what an item is. */
@Singleton
class ItemDescriber implements Describer {

  private final Sales sales;

  ItemDescriber(Sales sales) {
    this.sales = sales;
  }

  @Override
  public String type() {
    return "item";
  }

  @Override
  public Uni<?> describe(String subject) {
    int slash = subject.indexOf('/');
    String saleId = subject.substring(0, slash);
    String itemId = subject.substring(slash + 1);
    ItemResource.check(saleId, itemId);
    return sales.item(saleId, itemId);
  }
}
