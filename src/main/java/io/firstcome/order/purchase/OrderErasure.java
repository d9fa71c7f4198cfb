package io.firstcome.order.purchase;

import io.firstcome.erasure.Erasable;
import io.firstcome.erasure.Pseudonym;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.SqlTransactions;
import jakarta.inject.Singleton;

/**
 * Erases a user from orders. What was bought and paid stays, as the books must sum up; whose it was
 * nobody can tell. Orders that have not ended are waited for: they still need their user.
 */
@Singleton
class OrderErasure implements Erasable {

  private final SqlTransactions mysql;

  OrderErasure(SqlTransactions mysql) {
    this.mysql = mysql;
  }

  @Override
  public String plural() {
    return "orders";
  }

  @Override
  public int erase(String userId) {
    String pseudonym = Pseudonym.next();
    return mysql.run(
        tx -> {
          int orders =
              tx.query(
                      "UPDATE orders SET user_id = ? WHERE user_id = ? AND step IS NULL",
                      pseudonym,
                      userId)
                  .rowCount();
          tx.query(
              "UPDATE orders SET caller = ? WHERE caller = ? AND step IS NULL", pseudonym, userId);
          if (tx.query(
                      "SELECT 1 FROM orders WHERE user_id = ? OR caller = ? LIMIT 1",
                      userId,
                      userId)
                  .size()
              > 0) {
            throw Problem.of(ProblemType.CONTENDED)
                .detail("An order of this user has not ended. Retry after 'Retry-After' seconds.")
                .asException();
          }
          return orders;
        });
  }
}
