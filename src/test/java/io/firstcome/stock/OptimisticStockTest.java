package io.firstcome.stock;

class OptimisticStockTest extends AbstractDatabaseStockTest {

  OptimisticStockTest() {
    super(Strategy.OPTIMISTIC);
  }
}
