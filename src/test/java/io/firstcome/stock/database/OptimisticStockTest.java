package io.firstcome.stock.database;

import io.firstcome.stock.model.Strategy;

class OptimisticStockTest extends AbstractDatabaseStockTest {

  OptimisticStockTest() {
    super(Strategy.OPTIMISTIC);
  }
}
