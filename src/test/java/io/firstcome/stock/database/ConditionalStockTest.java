package io.firstcome.stock.database;

import io.firstcome.stock.model.Strategy;

class ConditionalStockTest extends AbstractDatabaseStockTest {

  ConditionalStockTest() {
    super(Strategy.CONDITIONAL);
  }
}
