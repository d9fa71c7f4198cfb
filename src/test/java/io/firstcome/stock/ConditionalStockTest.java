package io.firstcome.stock;

class ConditionalStockTest extends AbstractDatabaseStockTest {

  ConditionalStockTest() {
    super(Strategy.CONDITIONAL);
  }
}
