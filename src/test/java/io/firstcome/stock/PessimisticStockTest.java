package io.firstcome.stock;

class PessimisticStockTest extends AbstractDatabaseStockTest {

  PessimisticStockTest() {
    super(Strategy.PESSIMISTIC);
  }
}
