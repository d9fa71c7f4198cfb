package io.firstcome.stock.model;

import io.firstcome.ledger.AggregateType;
import io.firstcome.redis.Keys;

/** Sales: all items of one share its hash tag. */
public final class SaleType {

  public static final AggregateType SALE = new AggregateType("sale", Keys.sale(""));

  private SaleType() {}
}
