package io.firstcome.stock.database;

import io.firstcome.stock.model.Strategy;

class PessimisticStockTest extends AbstractDatabaseStockTest {

  PessimisticStockTest() {
    super(Strategy.PESSIMISTIC);
  }
}
